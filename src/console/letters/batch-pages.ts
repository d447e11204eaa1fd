import type { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { batchPage, handOverPage } from '../../../views/console/letters/batch.ts';
import type { Activation } from '../../activation/activation.ts';
import type { HandedOver, Which } from '../../activation/letters/batches/hand-over.ts';
import { parseLetterNumbers } from '../../activation/letters/batches/numbers.ts';
import {
  type Batch,
  countBaits,
  findPlaceOfBatch,
  lettersOfBatch,
  selectBatches,
} from '../../activation/letters/batches/store.ts';
import { guardiansOfClass } from '../../activation/letters/pile.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { findEstablishment } from '../../directory/establishments.ts';
import { seeOther } from '../../http/addresses.ts';
import { type FieldErrors, readForm, typedIn } from '../../http/forms.ts';
import { Refusal } from '../../http/refusal.ts';
import { render } from '../../http/render.ts';
import { reach } from '../../reading/reach.ts';
import type { Reading } from '../../reading/reading.ts';
import { type Right, rightFor, type StaffAct } from '../../rights/rights.ts';
import type { PresentFactor } from '../../second-factors/confirm-act.ts';
import type { Db } from '../../storage/postgres.ts';
import { actAs, otpOfAct, pausedErrors, refusedErrors } from '../acting.ts';
import { isToldOfDecoys } from '../auditors.ts';
import type { ForStaff, Visit } from '../for-staff.ts';
import { nameOf, openNames } from '../names.ts';
import { readFirst } from '../read-first.ts';

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  activation: Pick<Activation, 'handOver'>;
  reading: Pick<Reading, 'read'>;
  presentFactor: PresentFactor;
  now: () => Date;
}

interface Given {
  from: Dependencies;
  guarded: Middleware;
  staff: ForStaff;
}

/** A pile, as its cover sheet leads to it. Opening the page does nothing. */
export function batchRoutes(router: Router, { from, guarded, staff }: Given): void {
  router.get(
    '/console/batches/:id',
    staff('see-progress', (ctx, visit) => showBatch(from, ctx, visit)),
  );
  router.get(
    '/console/batches/:id/hand-over',
    staff('hand-over', (ctx, visit) => showHandOver(from, ctx, { visit })),
  );
  router.post(
    '/console/batches/:id/hand-over',
    guarded,
    staff('hand-over', (ctx, visit) => takeHandOver(from, ctx, visit)),
  );
}

const PAGE = 50;
const FIELDS = ['given_name', 'family_name', 'distributions'];

async function showBatch(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { batch, school, may } = await findBatch(from, ctx, { visit, act: 'see-progress' });
  const names = ctx.query.names === undefined ? [] : await readNames(from, ctx, { visit, batch });
  if (!names) return;
  render(ctx, batchPage, {
    staff: visit,
    school,
    batch,
    names,
    baits: isToldOfDecoys(visit.rights, school) ? await countBaits(from.db, batch.id) : 0,
    pages: { current: pageOf(ctx, batch), total: Math.max(1, Math.ceil(batch.letters / PAGE)) },
    mayHandOver: may('hand-over') && batch.printed.length > 0,
    mayReadPeople: may(actToName(batch)),
    handedOver: Number(ctx.query.handed) || 0,
  });
}

interface Found {
  batch: Batch;
  school: { uai: string; name: string; academie: string };
  may(act: StaffAct): boolean;
}

async function findBatch(
  { db, now }: Dependencies,
  ctx: Context,
  { visit, act }: { visit: Visit; act: StaffAct },
): Promise<Found> {
  const { id = '' } = ctx.params as { id?: string };
  if (!UUID.test(id)) throw new Refusal('not-found');
  const place = await findPlaceOfBatch(db, id);
  const may = (wanted: StaffAct) =>
    place !== undefined && rightFor(visit.rights, wanted, place) !== undefined;
  const [batch] = may(act) ? await selectBatches(db, { id, limit: 1, at: now() }) : [];
  const school = batch && (await findEstablishment(db, batch.uai));
  if (!batch || !school) throw new Refusal('not-found');
  return { batch, school, may };
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function pageOf(ctx: Context, { letters }: Batch): number {
  return Math.min(Math.max(1, Math.ceil(letters / PAGE)), Math.max(1, Number(ctx.query.page) || 1));
}

/**
 * A page of the pile with its names: one line in the ledger each. Piles stay, and whoever has left the school or the
 * class since has no name here any more. Undefined: the answer was given instead.
 */
async function readNames(
  from: Dependencies,
  ctx: Context,
  { visit, batch }: { visit: Visit; batch: Batch },
): Promise<{ number: number; name: string | undefined }[] | undefined> {
  const { db, keyRing } = from;
  const place = await findPlaceOfBatch(db, batch.id);
  const right = place && rightFor(visit.rights, actToName(batch), place);
  if (!right) throw new Refusal('not-allowed');
  const start = (pageOf(ctx, batch) - 1) * PAGE;
  const letters = (await lettersOfBatch(db, batch.id)).slice(start, start + PAGE);
  const all = letters.map(({ person }) => person);
  const persons = await stillHere(from, { batch, right, persons: all });
  const wish = { right, persons, fields: FIELDS, details: { batch: batch.id } };
  if (!(await readFirst(from, ctx, { visit, wish }))) return undefined;
  const names = await openNames(db, keyRing, persons);
  return letters.map(({ number, person }) => {
    const fields = names.get(person);
    return { number, name: fields && nameOf(fields).name };
  });
}

/** Guardians of a class are no business of who teaches it, here as on a child's page. */
function actToName({ whose, classId }: Batch): StaffAct {
  return whose === 'guardians' && classId !== null ? 'read-guardians' : 'read-people';
}

/** Guardians are of the class through its pupils; everybody else by what the roster says of themselves. */
async function stillHere(
  { db, now }: Dependencies,
  { batch, right, persons }: { batch: Batch; right: Right; persons: readonly number[] },
): Promise<number[]> {
  const at = now();
  if (batch.whose === 'guardians' && batch.classId !== null) {
    const guardians = new Set(await guardiansOfClass(db, batch.classId, at));
    return persons.filter((person) => guardians.has(person));
  }
  const reached = await reach(db, { rights: [right], act: 'read-people', persons, at });
  return reached.map(({ person }) => person);
}

interface HandOverShown {
  visit: Visit;
  typed?: { which: string; numbers: string };
  errors?: FieldErrors | undefined;
}

async function showHandOver(
  from: Dependencies,
  ctx: Context,
  { visit, typed, errors }: HandOverShown,
): Promise<void> {
  const { batch, school } = await findBatch(from, ctx, { visit, act: 'hand-over' });
  render(ctx, handOverPage, { staff: visit, school, batch, typed, errors });
}

const form = z.object({
  which: z.enum(['all', 'except', 'only'], 'console.which_missing'),
  numbers: z.string().trim().max(2000, 'console.numbers_wrong').default(''),
  otp: otpOfAct,
});

async function takeHandOver(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { batch } = await findBatch(from, ctx, { visit, act: 'hand-over' });
  const read = readForm(ctx, form);
  if (read.outcome === 'invalid') {
    ctx.status = 422;
    const typed = { which: typedIn(ctx, 'which'), numbers: typedIn(ctx, 'numbers') };
    return showHandOver(from, ctx, { visit, typed, errors: read.fields });
  }
  const { which: take, numbers: typed, otp } = read.values;
  const again = (errors: FieldErrors) =>
    showHandOver(from, ctx, { visit, typed: { which: take, numbers: typed }, errors });
  if (take === 'all' && typed !== '') {
    ctx.status = 422;
    return again({ which: 'console.which_or_numbers' });
  }
  const which = whichOf(take, typed);
  if (!which) {
    ctx.status = 422;
    return again({ numbers: 'console.numbers_wrong' });
  }
  const acting = await actAs(from, visit, { act: 'hand-over', otp });
  if (acting.outcome === 'paused') return again(pausedErrors(ctx, acting, from.now()));
  const by = { kind: 'person', person: visit.signedIn.person.number } as const;
  const handed = await from.activation.handOver({ batch: batch.id, which, by, authority: acting.authority });
  return answer(ctx, handed, again);
}

function whichOf(take: 'all' | 'except' | 'only', typed: string): Which | undefined {
  if (take === 'all') return { take };
  const numbers = parseLetterNumbers(typed);
  return numbers && { take, numbers };
}

async function answer(
  ctx: Context,
  handed: HandedOver,
  again: (errors: FieldErrors) => Promise<void>,
): Promise<void> {
  switch (handed.outcome) {
    case 'handed-over':
      return seeOther(ctx, `/console/batches/${handed.batch.id}?handed=${handed.numbers.length}`);
    case 'nothing-to-hand-over':
      ctx.status = 422;
      return again({ form: 'console.nothing_to_hand_over' });
    case 'unknown-number':
      ctx.status = 422;
      return again({ numbers: 'console.numbers_unknown' });
    case 'unknown-batch':
      throw new Refusal('not-found');
    default: {
      const errors = refusedErrors(ctx, handed);
      return errors && again(errors);
    }
  }
}
