import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { type AccountActName, actPage } from '../../../views/console/people/act.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { seeOther } from '../../http/addresses.ts';
import type { guardForms } from '../../http/csrf.ts';
import { type FieldErrors, readForm } from '../../http/forms.ts';
import { Refusal } from '../../http/refusal.ts';
import { render } from '../../http/render.ts';
import { fullName } from '../../reading/find.ts';
import { asLooker } from '../../reading/looker.ts';
import { findWithin } from '../../reading/person-record.ts';
import type { Reading } from '../../reading/reading.ts';
import type { StaffAct } from '../../rights/rights.ts';
import type { PresentFactor } from '../../second-factors/confirm-act.ts';
import type { Db } from '../../storage/postgres.ts';
import { actAs, otpOfAct, pausedErrors, refusedErrors } from '../acting.ts';
import type { ForStaff, Visit } from '../for-staff.ts';
import { openNames } from '../names.ts';
import {
  type AccountAct,
  type ActedOn,
  type Dependencies as ActingDependencies,
  liftByStaff,
  lockByStaff,
  resetByStaff,
} from './act-on-account.ts';
import { lookerOf, showNobody } from './looking.ts';

export interface Dependencies extends ActingDependencies {
  db: Db;
  keyRing: KeyRing;
  reading: Pick<Reading, 'read'>;
  presentFactor: PresentFactor;
}

const ACTS: Readonly<Record<AccountActName, StaffAct>> = {
  lock: 'lock-account',
  lift: 'lock-account',
  reset: 'start-reset',
};

/** Each act has a page of its own: what it does, why, and the code of this very moment. */
export function actRoutes(
  router: Router,
  given: { from: Dependencies; guarded: ReturnType<typeof guardForms>; staff: ForStaff },
): void {
  const { from, guarded, staff } = given;
  for (const name of ['lock', 'lift', 'reset'] as const) {
    const path = `/console/people/:id/${name}`;
    router.get(
      path,
      staff(ACTS[name], (ctx, visit) => showAct(from, ctx, { visit, name, lock: lockOf(ctx) })),
    );
    router.post(
      path,
      guarded,
      staff(ACTS[name], (ctx, visit) => takeAct(from, ctx, { visit, name })),
    );
  }
}

function lockOf(ctx: Context): string {
  return typeof ctx.query.lock === 'string' ? ctx.query.lock.slice(0, 36) : '';
}

function idOf(ctx: Context): string {
  return (ctx.params as { id?: string }).id ?? '';
}

interface Shown {
  visit: Visit;
  name: AccountActName;
  /** The lock to be lifted. */
  lock: string;
  reason?: string | undefined;
  errors?: FieldErrors | undefined;
}

async function showAct(from: Dependencies, ctx: Context, shown: Shown): Promise<void> {
  const { visit, name, lock, reason, errors } = shown;
  const looker = lookerOf(visit);
  const id = idOf(ctx);
  const reached = await findWithin(from, { looker, id, act: ACTS[name] });
  if (!reached) return showNobody(ctx, visit);
  const person = await nameOf(from, visit, reached.person, id);
  render(ctx, actPage, { staff: visit, name, id, person, lock, reason, errors });
}

/** Charged once per session for acts. Where the budget is spent the act is still open, without the name. */
async function nameOf(
  from: Dependencies,
  visit: Visit,
  person: number,
  id: string,
): Promise<string | undefined> {
  const looker = lookerOf(visit);
  const readable = await findWithin(from, { looker, id, act: 'read-people' });
  if (!readable) return undefined;
  const read = await from.reading.read({
    ...asLooker(looker, readable.right),
    ...{ persons: [person], fields: ['name'], details: { page: 'act' }, chargedOnce: 'act' },
  });
  if (read.outcome !== 'read') return undefined;
  visit.budget = read.budget;
  const fields = (await openNames(from.db, from.keyRing, [person])).get(person);
  return fields && fullName(fields);
}

const actForm = z.object({
  reason: z.string().trim().min(3, 'people.reason_missing').max(200, 'people.reason_long'),
  lock: z.union([z.literal(''), z.uuid()]).default(''),
  otp: otpOfAct,
});
const keptForm = z.object({ reason: z.string().max(300).default(''), lock: z.string().max(36).default('') });

async function takeAct(
  from: Dependencies,
  ctx: Context,
  { visit, name }: { visit: Visit; name: AccountActName },
): Promise<void> {
  const form = readForm(ctx, actForm);
  if (form.outcome === 'invalid') {
    ctx.status = 422;
    const kept = readForm(ctx, keptForm);
    const typed = kept.outcome === 'read' ? kept.values : { reason: '', lock: '' };
    return showAct(from, ctx, { visit, name, ...typed, errors: form.fields });
  }
  const { reason, lock, otp } = form.values;
  const again = (errors: FieldErrors) => showAct(from, ctx, { visit, name, lock, reason, errors });
  const acting = await actAs(from, visit, { act: ACTS[name], otp });
  if (acting.outcome === 'paused') return again(pausedErrors(ctx, acting, from.now()));
  const { signedIn, session } = visit;
  const act = { by: signedIn.person.number, session, id: idOf(ctx), reason, authority: acting.authority };
  return answer(ctx, { visit, id: act.id, done: await perform(from, name, { ...act, lock }), again });
}

type Done = ActedOn<
  { outcome: 'locked' | 'lifted' | 'reset' } | { outcome: 'no-account' | 'not-locked' | 'not-active' }
>;

function perform(
  from: Dependencies,
  name: AccountActName,
  act: AccountAct & { lock: string },
): Promise<Done> {
  switch (name) {
    case 'lock':
      return lockByStaff(from, act);
    case 'lift':
      return liftByStaff(from, act);
    case 'reset':
      return resetByStaff(from, act);
    default:
      return name satisfies never;
  }
}

async function answer(
  ctx: Context,
  given: { visit: Visit; id: string; done: Done; again: (errors: FieldErrors) => Promise<void> },
): Promise<void> {
  const { visit, id, done, again } = given;
  switch (done.outcome) {
    case 'locked':
    case 'lifted':
    case 'reset':
      return seeOther(ctx, `/console/people/${id}?done=${done.outcome}`);
    case 'no-account':
    case 'not-locked':
    case 'not-active':
      ctx.status = 422;
      return again({ form: 'people.act_too_late' });
    case 'not-below':
      throw new Refusal('not-allowed');
    case 'unknown':
      return showNobody(ctx, visit);
    default: {
      const errors = refusedErrors(ctx, done);
      if (errors) await again(errors);
    }
  }
}
