import type { Db, Tx } from '../storage/postgres.ts';
import { selectClaimedAt } from './store.ts';

const HOUR_MS = 3_600_000;

/**
 * For some hours after a claim nothing is replaced that would bring its owner back: the second factor, the recovery
 * codes, where they are written to. Whoever claimed an account that is not theirs cannot make it theirs for good before
 * those who were told of the claim could answer. Adding a first second factor takes nothing from anybody.
 */
export async function recoveryHeldUntil(
  db: Db | Tx,
  { person, hours, at }: { person: number; hours: number; at: Date },
): Promise<Date | undefined> {
  const claimedAt = await selectClaimedAt(db, person);
  if (!claimedAt) return undefined;
  const until = new Date(claimedAt.getTime() + hours * HOUR_MS);
  return until > at ? until : undefined;
}
