import type { Db, Tx } from '../storage/postgres.ts';
import { addJob, addJobs } from '../storage/queue.ts';
import { insertNotices, insertNoticesOf } from './logout-notices-store.ts';

/** The queue's name for: tell the relying parties of one session that it has ended. */
export const TELL_OF_END = 'tell-of-logout';
/** The queue's name for: end the sessions that an order cut off, and so have their relying parties told. */
export const END_CUT_OFF = 'end-cut-off-sessions';
/** The queue's name for: end the sessions that ran out, and so have their relying parties told. */
export const END_RUN_OUT = 'end-run-out-sessions';

/** After this many tries, about 22 hours of growing pauses, nobody is told any more: the receipt says `unknown`. */
const MOST_ATTEMPTS = 13;

export interface EndToTell {
  /** The digest of the session's uid, in hexadecimal. */
  readonly session: string;
}

/** In the transaction that ends these sessions: a notice for each relying party that registered where to tell it. */
export async function announceEnds(tx: Db | Tx, uidDigests: readonly Buffer[]): Promise<void> {
  if (uidDigests.length > 0) await tellOf(tx, await insertNotices(tx, uidDigests));
}

/** Of all that a person has open: their epoch was raised. */
export async function announceEndsOf(tx: Db | Tx, person: number): Promise<void> {
  await tellOf(tx, await insertNoticesOf(tx, person));
}

/** In the transaction of a cut-off order; its sessions are dead already, and it may be about a million of them. */
export async function announceCutOff(tx: Db | Tx): Promise<void> {
  await addJob(tx, { task: END_CUT_OFF, payload: {} });
}

/** From time to time; of those who ask, one looks. */
export async function askForRunOut(db: Db): Promise<void> {
  await addJob(db, { task: END_RUN_OUT, payload: {}, key: END_RUN_OUT, queueName: END_RUN_OUT });
}

function tellOf(tx: Db | Tx, uidDigests: readonly Buffer[]): Promise<void> {
  const jobs = uidDigests.map((uidDigest) => {
    const payload: EndToTell = { session: uidDigest.toString('hex') };
    return { task: TELL_OF_END, payload, maxAttempts: MOST_ATTEMPTS };
  });
  return addJobs(tx, jobs);
}
