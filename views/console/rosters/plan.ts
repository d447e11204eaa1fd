import type { PlanShown } from '../../../src/console/rosters/plans.ts';
import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import type { Problem } from '../../../src/roster/problem.ts';
import { actions, linkButton } from '../../components/form.ts';
import { section } from '../../components/guidance.ts';
import { facts } from '../../components/lists.ts';
import { alert } from '../../components/messages.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';
import { moment } from '../words.ts';
import { problemTable, stateBadge } from './list.ts';

export interface PlanProps {
  staff: Staff;
  plan: PlanShown;
  isLive: boolean;
  problems: readonly Problem[];
  more: number;
  mayApply: boolean;
  mayReadPeople: boolean;
}

/** A plan in numbers: what would change, or has. */
export function planPage(props: PlanProps, page: Page): Html {
  const { t } = page;
  const { plan, problems, more } = props;
  return consoleLayout(page, {
    staff: props.staff,
    current: '/console/rosters',
    title: t('rosters.plan_title', { when: moment(page, plan.madeAt) }),
    lead: stateBadge(page, plan),
    body: html`
      ${progress(page, props)}
      ${plan.state !== 'reading' && whatChanges(page, props)}
      ${
        problems.length > 0 &&
        section({
          title: t('rosters.problems_title'),
          body: html`<p>${t('rosters.problems_text')}</p>${problemTable(page, problems)}
            ${more > 0 && html`<p>${t('rosters.problems_more', { count: more })}</p>`}`,
        })
      }`,
  });
}

function whatChanges(page: Page, props: PlanProps): Html {
  const { plan } = props;
  return html`
    ${numbers(page, plan)}
    ${plan.closures.length > 0 && closuresNote(page, plan)}
    ${ways(page, props)}`;
}

function progress({ t }: Page, { plan, isLive }: PlanProps): Html | undefined {
  const { state, read } = plan;
  if (state !== 'reading' && state !== 'applying' && state !== 'undoing') return undefined;
  const { done, total } = plan.progress;
  const path = `/console/rosters/${plan.id}`;
  const [title, body] =
    state === 'reading'
      ? [t('rosters.reading'), t('rosters.reading_text', { count: read })]
      : [t('rosters.moving'), t('rosters.moving_text', { done, total })];
  return html`
    ${alert({ kind: 'info', title, body })}
    ${actions(
      linkButton({
        label: t('console.look_again'),
        href: isLive ? `${path}?live=yes` : path,
        kind: 'primary',
      }),
      isLive
        ? linkButton({ label: t('console.live_off'), href: path })
        : linkButton({ label: t('rosters.live_on'), href: `${path}?live=yes` }),
    )}`;
}

function numbers(page: Page, { counts, schools, appliedAt, undoneAt }: PlanShown): Html {
  const { t } = page;
  return facts([
    [t('rosters.schools'), schools],
    [t('rosters.created'), counts.created],
    [t('rosters.changed'), counts.changed],
    [t('rosters.same'), counts.left],
    [t('rosters.closed'), counts.closed],
    [t('rosters.refused'), counts.refused],
    ...(appliedAt ? [[t('rosters.applied_at'), moment(page, appliedAt)] as const] : []),
    ...(undoneAt ? [[t('rosters.undone_at'), moment(page, undoneAt)] as const] : []),
  ]);
}

export function closuresNote({ t, locale }: Page, { closures }: PlanShown): Html {
  const number = new Intl.NumberFormat(locale);
  const lines = closures.map(
    ({ name, percent, profile = 'all' }) =>
      html`<li>${t(`rosters.closure_${profile}`, { school: name, percent: number.format(percent) })}</li>`,
  );
  return alert({
    kind: 'warning',
    title: t('rosters.closures_title'),
    body: html`<ul class="plain">${lines}</ul>`,
  });
}

function ways({ t }: Page, { plan, mayApply, mayReadPeople }: PlanProps): Html {
  const path = `/console/rosters/${plan.id}`;
  return actions(
    mayApply &&
      plan.state === 'planned' &&
      linkButton({ label: t('rosters.apply'), href: `${path}/apply`, kind: 'primary' }),
    mayApply && plan.isUndoable && linkButton({ label: t('rosters.undo'), href: `${path}/undo` }),
    mayReadPeople && linkButton({ label: t('rosters.differences'), href: `${path}/differences` }),
  );
}
