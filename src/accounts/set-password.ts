import type { Tx } from '../storage/postgres.ts';
import { type NewPassword, upsertPassword } from './store.ts';

export type PasswordSet = { outcome: 'set' } | { outcome: 'epoch-moved' };

/**
 * Puts the hash of a claimed account whose epoch is still the one it was made under. Who calls writes the audit
 * line: an activation, a change and a reset are different acts.
 */
export async function setPassword(tx: Tx, password: NewPassword): Promise<PasswordSet> {
  return { outcome: (await upsertPassword(tx, password)) ? 'set' : 'epoch-moved' };
}
