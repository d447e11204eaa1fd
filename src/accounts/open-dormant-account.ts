import type { Tx } from '../storage/postgres.ts';
import { openDormant } from './store.ts';

/**
 * A dormant account holds nothing but its row (promise 1). Somebody who left and comes back is dormant again, under
 * a new epoch. The audit line is the roster's, which opens many at once.
 */
export async function openDormantAccount(tx: Tx, person: number, at: Date): Promise<OpenedAccount> {
  const opened = await openDormantAccounts(tx, [person], at);
  return { outcome: opened.length === 1 ? 'opened' : 'open-already' };
}

export type OpenedAccount = { outcome: 'opened' } | { outcome: 'open-already' };

/** Answers the persons whose account was opened by this. */
export async function openDormantAccounts(tx: Tx, persons: readonly number[], at: Date): Promise<number[]> {
  return openDormant(tx, persons, at);
}
