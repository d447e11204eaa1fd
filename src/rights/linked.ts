import type { Db, Tx } from '../storage/postgres.ts';
import { selectAreLinked } from './store.ts';

/**
 * The same person, or one was ever given a right by the other, directly or through a chain: ended rights, the two who
 * appoint an officer and who brought a lapsed right back into use included. For whatever two different people must do,
 * the linked count as one.
 */
export async function areLinked(db: Db | Tx, one: number, other: number): Promise<boolean> {
  return one === other || selectAreLinked(db, one, other);
}
