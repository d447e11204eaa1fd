import type { ClassProgress, Progress, SchoolProgress } from '../../../src/console/classes/store.ts';
import { pathOfClass, pathOfSchool } from '../../../src/console/place.ts';
import { attributes, type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import { field } from '../../components/field.ts';
import { actions, button, linkButton, searchForm } from '../../components/form.ts';
import { emptyState, section } from '../../components/guidance.ts';
import { table } from '../../components/lists.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';
import { type BatchShown, batchList } from '../letters/batch-list.ts';

export interface SchoolsProps {
  staff: Staff;
  schools: readonly (SchoolProgress & { decoys: number })[];
  /** For whoever has more schools than a page holds. */
  search: { typed: string } | undefined;
  next: string | undefined;
}

/** Numbers alone: no name of anybody. */
export function schoolsPage({ staff, schools, search, next }: SchoolsProps, page: Page): Html {
  const { t } = page;
  return consoleLayout(page, {
    staff,
    current: '/console/schools',
    title: t('console.schools_title'),
    lead: t('console.progress_lead'),
    body: html`
      ${search && searchForm({ action: '/console/schools', body: searchFields(page, search.typed) })}
      ${
        schools.length === 0
          ? emptyState({ title: t('console.schools_none'), body: t('console.schools_none_text') })
          : table({
              caption: t('console.schools_caption'),
              columns: [t('console.school'), ...columns(page)],
              rows: schools.map((school) => [
                html`<a href="${pathOfSchool(school.uai)}">${school.name}</a> <small>${school.uai}${school.decoys > 0 && html` · ${t('console.decoys_among', { count: school.decoys })}`}</small>`,
                ...numbers(page, school),
              ]),
            })
      }
      ${next && actions(linkButton({ label: t('console.next_page'), href: next }))}`,
  });
}

function searchFields(page: Page, typed: string): Html {
  const { t } = page;
  const code = field(page, {
    name: 'uai',
    label: t('console.uai_label'),
    hint: t('console.uai_hint'),
    value: typed,
    maxlength: 8,
    look: 'short',
    capitals: true,
    required: false,
  });
  return html`${code}${actions(button({ label: t('console.search'), kind: 'secondary' }))}`;
}

export interface SchoolProps {
  staff: Staff;
  school: { uai: string; name: string };
  classes: readonly ClassProgress[];
  /** Among the numbers; 0 for everybody but auditors. */
  decoys: number;
  /** The piles of no class; undefined for whoever has only some classes. */
  batches: readonly BatchShown[] | undefined;
  mayPrint: boolean;
}

export function schoolPage(props: SchoolProps, page: Page): Html {
  const { t } = page;
  const { staff, school, classes, decoys, batches, mayPrint } = props;
  const { uai, name } = school;
  return consoleLayout(page, {
    staff,
    current: '/console/schools',
    title: name,
    lead: t('console.progress_lead'),
    body: html`${
      classes.length === 0
        ? emptyState({ title: t('console.classes_none'), body: t('console.classes_none_text') })
        : table({
            caption: t('console.classes_caption'),
            columns: [t('console.class'), ...columns(page)],
            rows: classes.map((one) => [
              html`<a href="${pathOfClass({ uai, className: one.className })}">${one.className}</a>`,
              ...numbers(page, one),
            ]),
          })
    }${decoys > 0 && html`<p class="aside">${t('console.decoys', { count: decoys })}</p>`}
    ${mayPrint && actions(linkButton({ label: t('console.print_staff'), href: `${pathOfSchool(uai)}/letters` }))}
    ${batches && section({ title: t('console.batches_school'), body: batchList(page, batches) })}`,
  });
}

function columns({ t }: Page): string[] {
  return [
    t('console.active'),
    t('console.pupils'),
    t('console.handed_over'),
    t('console.printed'),
    t('console.dormant'),
  ];
}

function numbers(page: Page, progress: Progress): (Html | number)[] {
  const { pupils, handedOver, printed, dormant } = progress;
  return [share(page, progress), pupils, handedOver, printed, dormant];
}

/** The number, and a bar that says the same to the eye. */
function share({ t }: Page, { active, pupils }: Progress): Html {
  const bar = attributes({ max: Math.max(pupils, 1), value: active, 'aria-label': t('console.active') });
  return html`${active} <progress class="share"${bar}></progress>`;
}
