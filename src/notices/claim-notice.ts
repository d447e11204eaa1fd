import type { Tx } from '../storage/postgres.ts';
import { addJobs } from '../storage/queue.ts';
import { insertNotices, schoolsOf } from './store.ts';

export const NOTICE_TASK = 'activation.notice';
export const SCHOOL_TASK = 'activation.school-notice';

const DAY_MS = 86_400_000;
/** A school reads what happened in a quarter of an hour at once: a class claims thirty accounts in twenty minutes. */
const SLOT_MS = 15 * 60_000;

/** How long whoever can no longer be reached, or is no guardian any more, is told of a claim all the same. */
export interface FormerReaders {
  formerReaderDays: number;
  /** No electronic half is sent to a contact that has stood for less. */
  contactDays: number;
}

/**
 * With the claim, in its transaction: the holder, the guardians and the school will be told, on every channel held.
 * The jobs name a notice or a school, nothing else (design D12).
 */
export async function addClaimNotices(
  tx: Tx,
  claim: { person: number; at: Date },
  { formerReaderDays, contactDays }: FormerReaders,
): Promise<void> {
  const daysAgo = (days: number) => new Date(claim.at.getTime() - days * DAY_MS);
  // What took a contact's place lets nobody in for `contactDays`: the days after it are counted from then on.
  const since = { guardians: daysAgo(formerReaderDays), holder: daysAgo(formerReaderDays + contactDays) };
  const notices = await insertNotices(tx, { ...claim, told: 'claim', since });
  const schools = await schoolsOf(tx, claim.person);
  const from = new Date(Math.floor(claim.at.getTime() / SLOT_MS) * SLOT_MS);
  const until = new Date(from.getTime() + SLOT_MS);
  await addJobs(tx, [
    ...notices.map((notice) => ({ task: NOTICE_TASK, payload: { notice } })),
    ...schools.map((uai) => ({
      task: SCHOOL_TASK,
      payload: { uai, from, until },
      key: `${SCHOOL_TASK} ${uai} ${from.toISOString()}`,
      runAt: until,
    })),
  ]);
}
