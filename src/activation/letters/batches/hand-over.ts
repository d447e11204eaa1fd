import type { Actor } from '../../../audit/actor.ts';
import { recordAll } from '../../../audit/record.ts';
import type { Judged } from '../../../orders/judged.ts';
import type { OrdersInForce } from '../../../orders/order.ts';
import type { Authority, NotAuthorised } from '../../../second-factors/act-with-right.ts';
import type { Tx } from '../../../storage/postgres.ts';
import {
  type Batch,
  findPlaceOfBatch,
  type HandedOverLetter,
  handOverLetters,
  holdPeopleOf,
  selectBatches,
} from './store.ts';

export interface Dependencies {
  judged: Judged;
  settings: { handedOverDays: number };
  now: () => Date;
}

/** By their numbers on the paper. */
export type Which = { take: 'all' } | { take: 'only' | 'except'; numbers: readonly number[] };

export interface Asked {
  batch: string;
  which: Which;
  by: Actor;
  reason?: string | undefined;
  /** Of staff: asked before anything is ticked. */
  authority?: Authority | undefined;
}

/** `skipped` were asked for and were no longer only printed; `batch` is the pile after it. */
export type HandedOver =
  | { outcome: 'handed-over'; numbers: number[]; skipped: number[]; batch: Batch }
  | { outcome: 'nothing-to-hand-over'; skipped: number[]; batch: Batch }
  | { outcome: 'unknown-number'; numbers: number[]; letters: number }
  | { outcome: 'unknown-batch' }
  | NotAuthorised;

export type HandOverOperation = (asked: Asked) => Promise<HandedOver>;

const DAY_MILLISECONDS = 86_400_000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The pile was ticked: these letters are with their owners, and live from today as long as a letter does. */
export function createHandOver({ judged, settings, now }: Dependencies): HandOverOperation {
  return async ({ batch: typed, ...given }) => {
    if (!UUID.test(typed)) return { outcome: 'unknown-batch' };
    const asked = { ...given, batch: typed.toLowerCase() };
    return judged((tx, inForce) => handOver(tx, asked, { inForce, settings, at: now() }));
  };
}

async function handOver(
  tx: Tx,
  asked: Asked,
  { inForce, settings, at }: { inForce: OrdersInForce; settings: Dependencies['settings']; at: Date },
): Promise<HandedOver> {
  const place = await findPlaceOfBatch(tx, asked.batch);
  if (!place) return { outcome: 'unknown-batch' };
  const authorised = await asked.authority?.(tx, { place, inForce, at });
  if (authorised && authorised.outcome !== 'authorised') return authorised;
  const letters = await holdPeopleOf(tx, asked.batch);
  const strange = numbersNamed(asked.which).filter((number) => number < 1 || number > letters);
  if (strange.length > 0) return { outcome: 'unknown-number', numbers: strange, letters };
  const expiresAt = new Date(at.getTime() + settings.handedOverDays * DAY_MILLISECONDS);
  const wanted = numbersOf(asked.which, letters);
  const { batch, by } = asked;
  const handed = await handOverLetters(tx, { batch, numbers: wanted, by, at, expiresAt });
  await recordAll(tx, asked.by, eventsOf(asked, handed), at);
  return answer(tx, { batch: asked.batch, wanted, handed, at });
}

function numbersNamed(which: Which): readonly number[] {
  return which.take === 'all' ? [] : which.numbers;
}

function numbersOf(which: Which, letters: number): number[] {
  const all = Array.from({ length: letters }, (_, index) => index + 1);
  const named = new Set(numbersNamed(which));
  return which.take === 'only'
    ? all.filter((number) => named.has(number))
    : all.filter((number) => !named.has(number));
}

function eventsOf({ batch, reason }: Asked, handed: readonly HandedOverLetter[]) {
  return handed.map(({ person, number }) => ({
    name: 'letter.handed-over' as const,
    subject: person,
    details: { batch, number },
    ...(reason && { reason }),
  }));
}

async function answer(
  tx: Tx,
  given: { batch: string; wanted: readonly number[]; handed: readonly HandedOverLetter[]; at: Date },
): Promise<HandedOver> {
  const numbers = given.handed.map(({ number }) => number);
  const skipped = given.wanted.filter((number) => !numbers.includes(number));
  const [batch] = await selectBatches(tx, { id: given.batch, limit: 1, at: given.at });
  if (!batch) throw new Error('a batch lost the letters it held');
  if (numbers.length === 0) return { outcome: 'nothing-to-hand-over', skipped, batch };
  return { outcome: 'handed-over', numbers, skipped, batch };
}
