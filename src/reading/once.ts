import type { Db } from '../storage/postgres.ts';
import { deleteOnceBefore } from './store.ts';

const DAY = 86_400_000;

/** Keys of lists that refreshed themselves: no staff session lives as long. */
export async function forgetOldKeys(db: Db, at: Date): Promise<void> {
  await deleteOnceBefore(db, new Date(at.getTime() - DAY));
}
