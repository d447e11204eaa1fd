import { randomUUID } from 'node:crypto';
import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import { MEASURES, type Measure } from '../orders/measures.ts';
import type { Scope } from '../orders/scope.ts';
import { announceCutOff } from '../sessions/logout-notices.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { OrderRecord } from './order-record.ts';
import { outlast } from './outlast.ts';
import { insertOrder, type NewOrder, waitForClock } from './store.ts';

export interface OrderWish {
  readonly measure: Measure;
  readonly scope: Scope;
  readonly reason: string;
  /** A drill is evaluated and counted, and enforces nothing. */
  readonly mode: 'live' | 'drill';
  /** Standing orders only; without it, at once. */
  readonly startsAt?: Date | undefined;
  readonly endsAt?: Date | undefined;
}

export type OrderRefusal =
  | 'not-enforced-yet'
  | 'no-reason'
  | 'cut-off-has-no-dates'
  | 'ends-before-it-starts'
  | 'not-about-a-relying-party';

export type AppliedOrder =
  | { outcome: 'applied'; order: OrderRecord }
  | { outcome: 'refused'; refusal: OrderRefusal };

/** The measures every way in and every release asks for today. The evaluator knows all eight. */
export const ENFORCED: readonly Measure[] = ['freeze', 'suspend-rights', 'close-sessions'];

/** An order is a row, not an update: a measure over a million accounts is one insert. */
export async function applyOrder(db: Db, by: Actor, wish: OrderWish, at: Date): Promise<AppliedOrder> {
  return outlast(db, (tx) => applyOrderIn(tx, by, wish, at));
}

/** The last act of its transaction: it holds the clock until the commit, and everybody who lets in waits for it. */
export async function applyOrderIn(tx: Tx, by: Actor, wish: OrderWish, at: Date): Promise<AppliedOrder> {
  const refusal = whyNot(wish, at);
  if (refusal) return { outcome: 'refused', refusal };
  const { measure, scope, reason, mode, startsAt, endsAt } = wish;
  const row: NewOrder = {
    ...{ id: randomUUID(), measure, scope, reason, by, at, startsAt: startsAt ?? at, endsAt },
    ...{ kind: MEASURES[measure], drill: mode === 'drill' },
  };
  const details = { order: row.id, measure, mode, scope: scopeDetails(scope) };
  await record(tx, by, { name: 'order.applied', details, reason }, at);
  if (row.kind === 'cut-off' && !row.drill) await announceCutOff(tx);
  await waitForClock(tx);
  return { outcome: 'applied', order: await insertOrder(tx, row) };
}

function whyNot(wish: OrderWish, at: Date): OrderRefusal | undefined {
  const { measure, scope, reason, startsAt, endsAt } = wish;
  if (!ENFORCED.includes(measure)) return 'not-enforced-yet';
  if (reason.trim() === '') return 'no-reason';
  if ('relyingParty' in scope) return 'not-about-a-relying-party';
  if (MEASURES[measure] === 'cut-off' && (startsAt || endsAt)) return 'cut-off-has-no-dates';
  if (endsAt && endsAt <= (startsAt ?? at)) return 'ends-before-it-starts';
  return undefined;
}

function scopeDetails(scope: Scope) {
  return Object.fromEntries(Object.entries(scope).map(([key, value]) => [key, value]));
}
