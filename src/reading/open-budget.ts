import { record } from '../audit/record.ts';
import { areLinked } from '../rights/rights.ts';
import type { Tx } from '../storage/postgres.ts';
import { endOfParisDay } from './night.ts';
import { markOpened } from './store.ts';

export type BudgetOpened =
  | { outcome: 'opened'; until: Date }
  /** The same person, or one gave the other a right: for this the two count as one. */
  | { outcome: 'linked' }
  /** Nothing is spent, or as much again was opened today. */
  | { outcome: 'not-spent' };

/** As much again, once, until midnight in Paris, by somebody else. Their right and factor are the caller's business. */
export async function openBudget(
  tx: Tx,
  given: { reader: number; role: string; by: number; right: string; reason: string; at: Date },
): Promise<BudgetOpened> {
  const { reader, role, by, right, reason, at } = given;
  if (await areLinked(tx, reader, by)) return { outcome: 'linked' };
  const until = endOfParisDay(at);
  if (!(await markOpened(tx, { reader, role, at, until }))) return { outcome: 'not-spent' };
  const details = { role, right, until: until.toISOString() };
  const event = { name: 'reading.budget-opened', subject: reader, details, reason } as const;
  await record(tx, { kind: 'person', person: by }, event, at);
  return { outcome: 'opened', until };
}
