import type { PlanShown } from '../../../src/console/rosters/plans.ts';
import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import { checkbox } from '../../components/choices.ts';
import type { Errors } from '../../components/field.ts';
import { actions, linkButton } from '../../components/form.ts';
import { alert } from '../../components/messages.ts';
import { actForm } from '../act-fields.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';
import { moment } from '../words.ts';
import { closuresNote } from './plan.ts';

export interface ActOnPlanProps {
  staff: Staff;
  plan: PlanShown;
  way: 'apply' | 'undo';
  /** Only the académie may: it bears on who vouches for whom. */
  isBeyond: boolean;
  errors: Errors | undefined;
}

export function actOnPlanPage(props: ActOnPlanProps, page: Page): Html {
  const { t } = page;
  const { plan, way, isBeyond, errors } = props;
  return consoleLayout(page, {
    staff: props.staff,
    current: '/console/rosters',
    title: t(`rosters.${way}_title`),
    lead: t('rosters.plan_title', { when: moment(page, plan.madeAt) }),
    errors,
    body: isBeyond ? beyond(page, plan) : confirm(page, props),
  });
}

function beyond({ t }: Page, { id }: PlanShown): Html {
  return html`
    ${alert({ kind: 'info', title: t('rosters.needs_academie'), body: t('rosters.needs_academie_text') })}
    ${actions(linkButton({ label: t('console.back'), href: `/console/rosters/${id}`, kind: 'primary' }))}`;
}

function confirm(page: Page, { plan, way, errors }: ActOnPlanProps): Html {
  const { t } = page;
  const path = `/console/rosters/${plan.id}`;
  const asksClosures = way === 'apply' && plan.closures.length > 0;
  const { created, changed, closed } = plan.counts;
  return html`
    <p>${t(`rosters.${way}_text`, { created, changed, closed })}</p>
    ${asksClosures && closuresNote(page, plan)}
    ${actForm(page, {
      action: `${path}/${way}`,
      label: t(`rosters.${way}_now`),
      back: path,
      errors,
      body:
        asksClosures &&
        checkbox(page, { name: 'closures', value: 'accepted', label: t('rosters.closures_accept'), errors }),
    })}`;
}
