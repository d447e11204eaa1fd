import type { Progress, PupilState } from '../../../src/console/classes/store.ts';
import { pathOfClass, pathOfSchool } from '../../../src/console/place.ts';
import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import { actions, linkButton } from '../../components/form.ts';
import { section } from '../../components/guidance.ts';
import { badge, facts, table } from '../../components/lists.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';
import { type BatchShown, batchList } from '../letters/batch-list.ts';

export interface ClassProps {
  staff: Staff;
  school: { uai: string; name: string };
  className: string;
  progress: Progress;
  /** Among the numbers; 0 for everybody but auditors. */
  decoys: number;
  batches: readonly BatchShown[];
  mayPrint: boolean;
  mayOpenWindow: boolean;
  mayReadPeople: boolean;
}

/** One class in numbers, and what can be done for it. Names are a page of their own: reading them is an event. */
export function classPage(props: ClassProps, page: Page): Html {
  const { t } = page;
  const { school, className, progress, decoys, batches } = props;
  const path = pathOfClass({ uai: school.uai, className });
  return consoleLayout(page, {
    staff: props.staff,
    current: '/console/schools',
    title: t('console.class_title', { class: className }),
    lead: html`<a href="${pathOfSchool(school.uai)}">${school.name}</a>`,
    body: html`
      ${facts([
        [t('console.pupils'), progress.pupils],
        [t('console.active'), progress.active],
        [t('console.handed_over'), progress.handedOver],
        [t('console.printed'), progress.printed],
        [t('console.dormant'), progress.dormant],
      ])}
      ${decoys > 0 && html`<p class="aside">${t('console.decoys', { count: decoys })}</p>`}
      ${actions(
        props.mayOpenWindow &&
          linkButton({ label: t('console.window_open'), href: `${path}/window`, kind: 'primary' }),
        props.mayPrint && linkButton({ label: t('console.print'), href: `${path}/letters` }),
        props.mayPrint &&
          linkButton({ label: t('console.print_guardians'), href: `${path}/guardian-letters` }),
        props.mayReadPeople && linkButton({ label: t('console.see_names'), href: `${path}/pupils` }),
      )}
      ${section({ title: t('console.batches_title'), body: batchList(page, batches) })}`,
  });
}

export interface PupilsProps {
  staff: Staff;
  school: { uai: string; name: string };
  className: string;
  pupils: readonly PupilShown[];
  pages: { current: number; total: number };
  /** About who has no account yet. */
  may: { holdDesk: boolean; reprint: boolean };
}

export interface PupilShown {
  id: string;
  name: string;
  state: PupilState;
  isLocked: boolean;
}

export function pupilsPage(props: PupilsProps, page: Page): Html {
  const { t } = page;
  const { school, className, pupils, pages, may } = props;
  const hasActs = may.holdDesk || may.reprint;
  const path = pathOfClass({ uai: school.uai, className });
  return consoleLayout(page, {
    staff: props.staff,
    current: '/console/schools',
    title: t('console.pupils_title', { class: className }),
    lead: html`<a href="${path}">${t('console.back_to_class', { class: className, school: school.name })}</a>`,
    body: html`
      ${table({
        caption: t('console.pupils_caption', { count: pupils.length }),
        columns: [t('console.name'), t('console.state'), ...(hasActs ? [t('console.actions')] : [])],
        rows: pupils.map((pupil) => [
          html`<a href="/console/people/${pupil.id}">${pupil.name}</a>`,
          stateBadges(page, pupil),
          ...(hasActs ? [actLinks(page, pupil, may)] : []),
        ]),
      })}
      ${pages.total > 1 && html`<p>${t('console.page_of', { current: pages.current, total: pages.total })}</p>`}
      ${
        pages.current < pages.total &&
        actions(
          linkButton({ label: t('console.next_page'), href: `${path}/pupils?page=${pages.current + 1}` }),
        )
      }
      <p class="aside">${t('console.read_noted')}</p>`,
  });
}

/** Only where there is something to claim. */
function actLinks({ t }: Page, { id, name, state }: PupilShown, may: PupilsProps['may']): Html | undefined {
  if (state === 'active') return undefined;
  const whose = html`<span class="visually-hidden"> ${name}</span>`;
  const desk = `/console/desk?${new URLSearchParams({ person: id })}`;
  return html`<div class="actions">
    ${may.holdDesk && html`<a href="${desk}">${t('console.desk_here')}${whose}</a>`}
    ${may.reprint && html`<a href="/console/people/${id}/letter">${t('console.reprint')}${whose}</a>`}</div>`;
}

const TONES = { dormant: 'neutral', printed: 'neutral', 'handed-over': 'neutral', active: 'good' } as const;

export function stateBadges({ t }: Page, { state, isLocked }: Pick<PupilShown, 'state' | 'isLocked'>): Html {
  return html`${badge(t(`console.state_${state}`), TONES[state])}${isLocked && html` ${badge(t('console.locked'), 'danger')}`}`;
}
