import { isInScope, scopeSchema } from '../orders/scope.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { Right } from './right.ts';
import { insertRosterRights, selectInForce, selectSubject, selectSuspensions } from './store.ts';

/**
 * The rights in force: not ended, within their dates, used within 90 days; a school's only while the roster names the
 * holder there; what was granted only while what it was granted under is in force. None for whoever is not active, is
 * locked, or is under an order that freezes or suspends rights. PostgreSQL is asked each time: inside the transaction
 * that acts, a right taken away a moment ago is not in the answer (ASVS 8.3.2).
 */
export async function rightsOf(db: Db | Tx, person: number, at: Date): Promise<Right[]> {
  await insertRosterRights(db, { person, at });
  const rights = await selectInForce(db, person, at);
  return rights.length > 0 && (await isSuspended(db, person, at)) ? [] : rights;
}

async function isSuspended(db: Db | Tx, person: number, at: Date): Promise<boolean> {
  const scopes = await selectSuspensions(db, at);
  if (scopes.length === 0) return false;
  const subject = await selectSubject(db, person);
  return scopes.some((scope) => isInScope(scopeSchema.parse(scope), subject, 'now'));
}
