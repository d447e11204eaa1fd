import type { Tx } from '../storage/postgres.ts';
import { addJobs } from '../storage/queue.ts';
import { type Change, insertNotices } from './store.ts';

export const CHANGE_TASK = 'activation.change-notice';

/** Of one sort: a child who changes passwords all day costs its parents no more SMS than these. */
const MOST_IN_DAY = 5;

/**
 * With the change, in its transaction (ASVS 6.3.7): whoever is told of a claim is told of what changes later in how the
 * account is signed in to, wherever they are reached now. A child has guardians who are; who reads nothing is told nothing.
 */
export async function addChangeNotices(
  tx: Tx,
  change: { person: number; told: Change; at: Date },
): Promise<void> {
  const { at } = change;
  const since = { guardians: at, holder: at };
  const notices = await insertNotices(tx, { ...change, since, mostInDay: MOST_IN_DAY });
  await addJobs(
    tx,
    notices.map((notice) => ({ task: CHANGE_TASK, payload: { notice } })),
  );
}
