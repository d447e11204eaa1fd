import type { Db } from '../storage/postgres.ts';
import { deleteOldNotices } from './logout-notices-store.ts';
import { deleteOutlived } from './store.ts';

const DAY = 86_400_000;
/** A day more than the longest anything can be shown: clocks differ. */
const GRACE = DAY;
/** Who was told of which sign-out is kept as long as people ask what happened. */
const RECEIPTS = 365 * DAY;

/** Housekeeping: what has reached its absolute end is dead by that and needs no tombstone any more. */
export async function forgetOutlived(db: Db, at: Date): Promise<void> {
  await deleteOutlived(db, new Date(at.getTime() - GRACE));
  await deleteOldNotices(db, new Date(at.getTime() - RECEIPTS));
}
