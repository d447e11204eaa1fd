import type { PlanShown } from '../../../src/console/rosters/plans.ts';
import { attributes, type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import type { Problem } from '../../../src/roster/problem.ts';
import type { NotPlanned } from '../../../src/roster/reading-store.ts';
import { described, type Errors, idOf, notes, select } from '../../components/field.ts';
import { actions, button, linkButton } from '../../components/form.ts';
import { emptyState, section } from '../../components/guidance.ts';
import { badge, table } from '../../components/lists.ts';
import { otpField } from '../../second-factors/enrol-totp.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';
import { moment } from '../words.ts';

export interface RostersProps {
  staff: Staff;
  plans: readonly PlanShown[];
  importers: readonly { value: string; academie: string; school: string | undefined }[];
  megabytes: number;
  /** As it was chosen before. */
  whose: string | undefined;
  errors: Errors | undefined;
}

export function rostersPage(props: RostersProps, page: Page): Html {
  const { t } = page;
  const { staff, plans, importers, errors } = props;
  return consoleLayout(page, {
    staff,
    current: '/console/rosters',
    title: t('rosters.title'),
    lead: t('rosters.lead'),
    errors,
    body: html`
      ${importers.length > 0 && section({ title: t('rosters.upload_title'), body: upload(page, props) })}
      ${section({ title: t('rosters.plans_title'), body: planList(page, plans) })}`,
  });
}

/** The only form of the console that brings files: its type is its own. */
function upload(page: Page, { importers, megabytes, whose, errors }: RostersProps): Html {
  const { t } = page;
  const input = {
    name: 'files',
    label: t('rosters.files_label'),
    hint: t('rosters.files_hint', { megabytes }),
    errors,
  };
  const own = attributes({
    ...{
      class: 'input',
      id: idOf('files'),
      name: 'files',
      type: 'file',
      multiple: true,
      accept: '.csv,.xml',
    },
    ...described(input),
  });
  return html`
    <p>${t('rosters.upload_text')}</p>
    <form class="form form-block" method="post" action="/console/rosters" enctype="multipart/form-data" novalidate>
      ${page.csrf}<input type="hidden" name="from" value="${page.address}">
      ${select(page, {
        name: 'whose',
        label: t('rosters.whose_label'),
        choices: importers.map(({ value, academie, school }) => ({
          value,
          label: school ?? t('rosters.whole_academie', { academie }),
        })),
        value: whose,
        errors,
      })}
      <div class="field">
        <label class="field-label" for="${idOf('files')}">${input.label}</label>
        ${notes(page, input)}
        <input${own}>
      </div>
      ${otpField(page, errors)}
      <p class="field-hint">${t('console.otp_why')}</p>
      ${actions(button({ label: t('rosters.upload') }))}
    </form>`;
}

function planList(page: Page, plans: readonly PlanShown[]): Html {
  const { t } = page;
  if (plans.length === 0) return emptyState({ title: t('rosters.none'), body: t('rosters.none_text') });
  return table({
    caption: t('rosters.plans_title'),
    columns: [
      t('rosters.made'),
      t('rosters.state'),
      t('rosters.created'),
      t('rosters.changed'),
      t('rosters.closed'),
    ],
    rows: plans.map((plan) => [
      html`<a href="/console/rosters/${plan.id}">${moment(page, plan.madeAt)}</a>`,
      stateBadge(page, plan),
      plan.counts.created,
      plan.counts.changed,
      plan.counts.closed,
    ]),
  });
}

const TONES = {
  reading: 'warning',
  planned: 'neutral',
  applying: 'warning',
  applied: 'good',
  undoing: 'warning',
  undone: 'neutral',
  refused: 'danger',
} as const;

export function stateBadge({ t }: Page, { state }: Pick<PlanShown, 'state'>): Html {
  return badge(t(`rosters.state_${state}`), TONES[state]);
}

export interface RefusedFilesProps {
  staff: Staff;
  because: NotPlanned;
  problems: readonly Problem[];
}

/** Nothing was planned: what is wrong, by file and line, and no name. */
export function refusedFilesPage({ staff, because, problems }: RefusedFilesProps, page: Page): Html {
  const { t } = page;
  return consoleLayout(page, {
    staff,
    current: '/console/rosters',
    title: t(because === 'files' ? 'rosters.refused_title' : 'rosters.not_planned_title'),
    lead: t(`rosters.not_planned_${because}`),
    body: html`
      ${problems.length > 0 && problemTable(page, problems)}
      ${actions(linkButton({ label: t('rosters.back'), href: '/console/rosters', kind: 'primary' }))}`,
  });
}

export function problemTable({ t }: Page, problems: readonly Problem[]): Html {
  return table({
    caption: t('rosters.problems_title'),
    columns: [t('rosters.file'), t('rosters.line'), t('rosters.why')],
    rows: problems.map(({ file, line, reason }) => [file, line, t(`rosters.reason_${reason}`)]),
  });
}
