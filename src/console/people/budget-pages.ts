import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { budgetsPage, openBudgetPage } from '../../../views/console/people/budgets.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { seeOther } from '../../http/addresses.ts';
import type { guardForms } from '../../http/csrf.ts';
import { type FieldErrors, readForm } from '../../http/forms.ts';
import { Refusal } from '../../http/refusal.ts';
import { render } from '../../http/render.ts';
import type { Judged } from '../../orders/judged.ts';
import { fullName } from '../../reading/find.ts';
import { type ListedBudget, listBudgets } from '../../reading/list-budgets.ts';
import { asLooker, rightsToRead } from '../../reading/looker.ts';
import { type BudgetOpened, openBudget } from '../../reading/open-budget.ts';
import type { Reading } from '../../reading/reading.ts';
import { areLinked, rightFor } from '../../rights/rights.ts';
import type { NotAuthorised } from '../../second-factors/act-with-right.ts';
import type { PresentFactor } from '../../second-factors/confirm-act.ts';
import type { Settings } from '../../settings.ts';
import type { Db } from '../../storage/postgres.ts';
import { actAs, otpOfAct, pausedErrors, refusedErrors } from '../acting.ts';
import type { ForStaff, Visit } from '../for-staff.ts';
import { openNames } from '../names.ts';
import { pageOf } from '../paging.ts';
import { lookerOf } from './looking.ts';

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  judged: Judged;
  reading: Pick<Reading, 'read'>;
  presentFactor: PresentFactor;
  config: { reading: Settings['reading'] };
  now: () => Date;
}

/** Whose reading budget is spent, and opening it for the day: for somebody who is not linked to them. */
export function budgetRoutes(
  router: Router,
  given: { from: Dependencies; guarded: ReturnType<typeof guardForms>; staff: ForStaff },
): void {
  const { from, guarded, staff } = given;
  router.get(
    '/console/budgets',
    staff('open-budget', (ctx, visit) => showBudgets(from, ctx, visit)),
  );
  const path = '/console/budgets/:reader/:role';
  router.get(
    path,
    staff('open-budget', (ctx, visit) => showOpen(from, ctx, { visit })),
  );
  router.post(
    path,
    guarded,
    staff('open-budget', (ctx, visit) => takeOpen(from, ctx, visit)),
  );
}

/** Within the rights of who looks: those near the limit or beyond it. */
async function budgetsWithin({ db, config, now }: Dependencies, visit: Visit): Promise<ListedBudget[]> {
  const listed = await listBudgets(db, { settings: config.reading, at: now() });
  return listed.filter(
    ({ place, reader }) =>
      reader !== visit.signedIn.person.number && rightFor(visit.rights, 'open-budget', place) !== undefined,
  );
}

async function showBudgets(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { shown: listed, pages } = pageOf(ctx, await budgetsWithin(from, visit));
  const names = await namesOf(from, visit, listed);
  render(ctx, budgetsPage, {
    staff: visit,
    budgets: listed.map((one) => ({ ...one, name: names.get(one.reader) })),
    pages,
    isDone: ctx.query.done === 'opened',
  });
}

/** A colleague's name is a line of the ledger and no charge: whoever decides about somebody knows about whom. */
async function namesOf(
  from: Dependencies,
  visit: Visit,
  listed: readonly ListedBudget[],
): Promise<Map<number, string>> {
  const looker = lookerOf(visit);
  const [right] = rightsToRead(visit.rights);
  const persons = [...new Set(listed.map(({ reader }) => reader))];
  if (!right || persons.length === 0) return new Map();
  const read = await from.reading.read({
    ...asLooker(looker, right),
    ...{ persons: [], fields: [], details: { page: 'budgets' } },
    alongside: [{ persons, fields: ['name'], costs: 'nothing' }],
  });
  if (read.outcome !== 'read') return new Map();
  const opened = await openNames(from.db, from.keyRing, persons);
  return new Map([...opened].map(([person, fields]) => [person, fullName(fields)]));
}

interface Shown {
  visit: Visit;
  reason?: string | undefined;
  errors?: FieldErrors | undefined;
}

async function showOpen(from: Dependencies, ctx: Context, { visit, reason, errors }: Shown): Promise<void> {
  const found = await findAsked(from, ctx, visit);
  const names = await namesOf(from, visit, [found]);
  const isLinked = await areLinked(from.db, found.reader, visit.signedIn.person.number);
  render(ctx, openBudgetPage, {
    staff: visit,
    budget: { ...found, name: names.get(found.reader) },
    isLinked,
    ...{ reason, errors },
  });
}

async function findAsked(from: Dependencies, ctx: Context, visit: Visit): Promise<ListedBudget> {
  const { reader, role } = ctx.params as { reader?: string; role?: string };
  const listed = await budgetsWithin(from, visit);
  const found = listed.find((one) => one.readerId === reader && one.role === role);
  if (!found) throw new Refusal('not-found');
  return found;
}

const openForm = z.object({
  reason: z.string().trim().min(3, 'people.reason_missing').max(200, 'people.reason_long'),
  otp: otpOfAct,
});
const keptForm = z.object({ reason: z.string().max(300).default('') });

async function takeOpen(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const asked = await findAsked(from, ctx, visit);
  const form = readForm(ctx, openForm);
  if (form.outcome === 'invalid') {
    ctx.status = 422;
    const kept = readForm(ctx, keptForm);
    const reason = kept.outcome === 'read' ? kept.values.reason : '';
    return showOpen(from, ctx, { visit, reason, errors: form.fields });
  }
  const { reason, otp } = form.values;
  const again = (errors: FieldErrors) => showOpen(from, ctx, { visit, reason, errors });
  const acting = await actAs(from, visit, { act: 'open-budget', otp });
  if (acting.outcome === 'paused') return again(pausedErrors(ctx, acting, from.now()));
  const by = visit.signedIn.person.number;
  const opened = await from.judged(async (tx, inForce): Promise<BudgetOpened | NotAuthorised> => {
    const at = from.now();
    const authorised = await acting.authority(tx, { place: asked.place, inForce, at });
    if (authorised.outcome !== 'authorised') return authorised;
    const { reader, role } = asked;
    return openBudget(tx, { reader, role, by, right: authorised.right.id, reason, at });
  });
  return answer(ctx, opened, again);
}

async function answer(
  ctx: Context,
  opened: BudgetOpened | NotAuthorised,
  again: (errors: FieldErrors) => Promise<void>,
): Promise<void> {
  switch (opened.outcome) {
    case 'opened':
      return seeOther(ctx, '/console/budgets?done=opened');
    case 'linked':
      ctx.status = 403;
      return again({ form: 'people.budget_linked' });
    case 'not-spent':
      ctx.status = 422;
      return again({ form: 'people.budget_not_spent' });
    default: {
      const errors = refusedErrors(ctx, opened);
      if (errors) await again(errors);
    }
  }
}
