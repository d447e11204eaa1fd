import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { alarmPage } from '../../../views/console/alarms/alarm.ts';
import { alarmsPage } from '../../../views/console/alarms/alarms.ts';
import { type Alarm, isOwnAct } from '../../alarms/alarm.ts';
import { type ClosedAlarm, closeAlarmIn } from '../../alarms/close-alarm.ts';
import { findAlarm, listAlarms } from '../../alarms/list-alarms.ts';
import type { AlarmRule } from '../../alarms/rules.ts';
import { getPersonIds } from '../../directory/persons.ts';
import { seeOther } from '../../http/addresses.ts';
import type { guardForms } from '../../http/csrf.ts';
import { type FieldErrors, readForm } from '../../http/forms.ts';
import { Refusal } from '../../http/refusal.ts';
import { render } from '../../http/render.ts';
import type { Judged } from '../../orders/judged.ts';
import { rightFor } from '../../rights/rights.ts';
import type { NotAuthorised } from '../../second-factors/act-with-right.ts';
import type { PresentFactor } from '../../second-factors/confirm-act.ts';
import type { Db } from '../../storage/postgres.ts';
import { actAs, otpOfAct, pausedErrors, refusedErrors } from '../acting.ts';
import type { ForStaff, Visit } from '../for-staff.ts';
import { pageOf } from '../paging.ts';

export interface Dependencies {
  db: Db;
  judged: Judged;
  presentFactor: PresentFactor;
  now: () => Date;
}

/** What was noticed within one's rights; closing one takes the factor and says what it was. */
export function alarmRoutes(
  router: Router,
  given: { from: Dependencies; guarded: ReturnType<typeof guardForms>; staff: ForStaff },
): void {
  const { from, guarded, staff } = given;
  router.get(
    '/console/alarms',
    staff('see-alarms', (ctx, visit) => showAlarms(from, ctx, visit)),
  );
  router.get(
    '/console/alarms/:id',
    staff('see-alarms', (ctx, visit) => showAlarm(from, ctx, { visit })),
  );
  router.post(
    '/console/alarms/:id',
    guarded,
    staff('see-alarms', (ctx, visit) => takeClose(from, ctx, visit)),
  );
}

const MOST_CLOSED = 50;

/** However many were closed or raised since: one that is open stays in the list until somebody closes it. */
async function showAlarms({ db }: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const [open, closed] = [await theirs(db, visit, 'open'), await theirs(db, visit, 'closed')];
  const { shown, pages } = pageOf(ctx, open);
  render(ctx, alarmsPage, {
    staff: visit,
    open: shown,
    pages,
    closed: pages.current === 1 ? closed.slice(0, MOST_CLOSED) : [],
    isDone: ctx.query.done === 'closed',
  });
}

async function theirs(db: Db, visit: Visit, state: 'open' | 'closed'): Promise<Alarm[]> {
  const alarms = await listAlarms(db, { ...placesOf(visit), state });
  return alarms.filter((alarm) => isTheirs(alarm, visit));
}

function placesOf({ rights }: Visit): { uais?: string[]; academies?: string[] } {
  if (rightFor(rights, 'see-alarms', {})) return {};
  return {
    uais: rights.flatMap(({ scope }) => (scope.kind === 'establishment' ? [scope.uai] : [])),
    academies: rights.flatMap(({ scope }) => (scope.kind === 'academie' ? [scope.academie] : [])),
  };
}

/** Nobody is shown an alarm about what they did themselves, nor closes it. */
function isTheirs(alarm: Alarm, { rights, signedIn }: Visit): boolean {
  return (
    !isOwnAct(alarm, signedIn.person.number) && rightFor(rights, 'see-alarms', placeOf(alarm)) !== undefined
  );
}

function placeOf({ uai, academie }: Alarm): { uai?: string; academie?: string } {
  return { ...(uai !== undefined && { uai }), ...(academie !== undefined && { academie }) };
}

interface Shown {
  visit: Visit;
  reason?: string | undefined;
  errors?: FieldErrors | undefined;
}

async function showAlarm(from: Dependencies, ctx: Context, { visit, reason, errors }: Shown): Promise<void> {
  const alarm = await findTheirs(from, ctx, visit);
  const record = await recordOf(from, alarm, visit);
  render(ctx, alarmPage, { staff: visit, alarm, record, reason, errors });
}

/** Those whose account is locked, or whose letter is void: somebody must call them. Others are about who did it. */
const ABOUT_WHOM_IT_HAPPENED: readonly AlarmRule[] = [
  ...(['claim-disowned', 'change-disowned', 'vouch-refused'] as const),
  'claim-elsewhere-after-reset',
];

/** An id, which names nobody: opening the record is a reading, with its line. */
async function recordOf(
  { db }: Dependencies,
  { rule, person }: Alarm,
  visit: Visit,
): Promise<string | undefined> {
  if (person === undefined || !ABOUT_WHOM_IT_HAPPENED.includes(rule) || !visit.may('read-people'))
    return undefined;
  return (await getPersonIds(db, person)).id;
}

async function findTheirs({ db }: Dependencies, ctx: Context, visit: Visit): Promise<Alarm> {
  const { id = '' } = ctx.params as { id?: string };
  const alarm = await findAlarm(db, id);
  if (!alarm || !isTheirs(alarm, visit)) throw new Refusal('not-found');
  return alarm;
}

const closeForm = z.object({
  reason: z.string().trim().min(3, 'alarms.reason_missing').max(200, 'alarms.reason_long'),
  otp: otpOfAct,
});
const keptForm = z.object({ reason: z.string().max(300).default('') });

async function takeClose(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const alarm = await findTheirs(from, ctx, visit);
  const form = readForm(ctx, closeForm);
  if (form.outcome === 'invalid') {
    ctx.status = 422;
    const kept = readForm(ctx, keptForm);
    const reason = kept.outcome === 'read' ? kept.values.reason : '';
    return showAlarm(from, ctx, { visit, reason, errors: form.fields });
  }
  const { reason, otp } = form.values;
  const again = (errors: FieldErrors) => showAlarm(from, ctx, { visit, reason, errors });
  const acting = await actAs(from, visit, { act: 'see-alarms', otp });
  if (acting.outcome === 'paused') return again(pausedErrors(ctx, acting, from.now()));
  const by = { kind: 'person', person: visit.signedIn.person.number } as const;
  const closed = await from.judged(async (tx, inForce): Promise<ClosedAlarm | NotAuthorised> => {
    const at = from.now();
    const authorised = await acting.authority(tx, { place: placeOf(alarm), inForce, at });
    if (authorised.outcome !== 'authorised') return authorised;
    return closeAlarmIn(tx, by, { id: alarm.id, reason }, at);
  });
  return answer(ctx, closed, again);
}

async function answer(
  ctx: Context,
  closed: ClosedAlarm | NotAuthorised,
  again: (errors: FieldErrors) => Promise<void>,
): Promise<void> {
  switch (closed.outcome) {
    case 'closed':
      return seeOther(ctx, '/console/alarms?done=closed');
    case 'already-closed':
      ctx.status = 409;
      return again({ form: 'alarms.already_closed' });
    case 'unknown-alarm':
      throw new Refusal('not-found');
    default: {
      const errors = refusedErrors(ctx, closed);
      if (errors) await again(errors);
    }
  }
}
