import type { Db, Tx } from '../storage/postgres.ts';
import { selectAreLinked, updateLastUse } from './store.ts';

export { type Right, rightFor } from './right.ts';
export { rightsOf } from './rights-of.ts';
export type { Role, StaffAct } from './roles.ts';
export type { Place, RightScope } from './scope.ts';

/** Whoever acts by a right says so, in the act's own transaction: what nobody uses lapses. */
export function noteUse(db: Db | Tx, given: { right: string; at: Date }): Promise<void> {
  return updateLastUse(db, given.right, given.at);
}

/**
 * The same person, or one was ever given a right by the other, directly or through a chain, ended rights and the two
 * who appoint an officer included: for whatever two different people must do, the linked count as one.
 */
export async function areLinked(db: Db | Tx, one: number, other: number): Promise<boolean> {
  return one === other || selectAreLinked(db, one, other);
}
