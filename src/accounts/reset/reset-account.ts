import type { Actor } from '../../audit/actor.ts';
import { record } from '../../audit/record.ts';
import { endSessionsOf } from '../../sessions/end-session.ts';
import type { Tx } from '../../storage/postgres.ts';
import { raiseEpoch } from '../epoch.ts';
import { beginState, deleteCredentials, endStateOf, forgetClaim, holdAccount } from '../store.ts';
import { addResetNotices } from './reset-notices.ts';

export type Reset = { outcome: 'reset'; sessions: number } | { outcome: 'not-active' };

/**
 * Active → dormant: whatever let in is dead with the commit (sessions, credentials, codes, half-open ceremonies), and
 * the account is claimed anew by two proofs, as the first time. Person, username and locks stay. Who starts it neither
 * chooses nor sees anything that comes of it; the person and the guardians are told.
 */
export async function resetAccount(
  tx: Tx,
  by: Actor,
  resetting: { person: number; reason: string; at: Date },
): Promise<Reset> {
  const { person, reason, at } = resetting;
  if (!(await holdAccount(tx, person))) return { outcome: 'not-active' };
  if (!(await endStateOf(tx, { person, state: 'active', at }))) return { outcome: 'not-active' };
  await beginState(tx, person, 'dormant', at);
  await raiseEpoch(tx, person, 'void');
  await deleteCredentials(tx, person);
  await forgetClaim(tx, person);
  const ended = await endSessionsOf(tx, person, { by, at, reason: 'reset' });
  const details = { sessions: ended.length };
  await addResetNotices(tx, { person, at });
  await record(tx, by, { name: 'account.reset', subject: person, details, reason }, at);
  return { outcome: 'reset', sessions: ended.length };
}
