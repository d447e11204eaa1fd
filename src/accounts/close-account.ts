import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Tx } from '../storage/postgres.ts';
import { raiseEpoch } from './epoch.ts';
import { beginState, deleteCredentials, endOpenState, holdAccount } from './store.ts';

export type Closed = { outcome: 'closed' } | { outcome: 'not-open' };

/** The end of the last profile. Nothing that lets in survives; the person, its past and its locks stay. */
export async function closeAccount(
  tx: Tx,
  by: Actor,
  closing: { person: number; reason: string; at: Date },
): Promise<Closed> {
  const { person, reason, at } = closing;
  if (!(await holdAccount(tx, person))) return { outcome: 'not-open' };
  const former = await endOpenState(tx, person, at);
  if (!former) return { outcome: 'not-open' };
  await beginState(tx, person, 'closed', at);
  await raiseEpoch(tx, person, 'void');
  await deleteCredentials(tx, person);
  await record(tx, by, { name: 'account.closed', subject: person, details: { former }, reason }, at);
  return { outcome: 'closed' };
}
