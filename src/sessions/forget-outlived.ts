import type { Db } from '../storage/postgres.ts';
import { deleteOutlived } from './store.ts';

/** A day more than the longest anything can be shown: clocks differ. */
const GRACE = 86_400_000;

/** Housekeeping: what has reached its absolute end is dead by that and needs no tombstone any more. */
export function forgetOutlived(db: Db, at: Date): Promise<void> {
  return deleteOutlived(db, new Date(at.getTime() - GRACE));
}
