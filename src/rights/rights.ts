import type { Db, Tx } from '../storage/postgres.ts';
import { updateLastUse } from './store.ts';

export { areLinked } from './linked.ts';
export { placeOf } from './place.ts';
export { type Right, rightFor } from './right.ts';
export { rightsOf } from './rights-of.ts';
export type { Role, StaffAct } from './roles.ts';
export type { Place, RightScope } from './scope.ts';

/** Whoever acts by a right says so, in the act's own transaction: what nobody uses lapses. */
export function noteUse(db: Db | Tx, given: { right: string; at: Date }): Promise<void> {
  return updateLastUse(db, given.right, given.at);
}
