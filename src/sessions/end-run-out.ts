import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Db } from '../storage/postgres.ts';
import { announceEnds } from './logout-notices.ts';
import {
  type DeadSession,
  lookAgain,
  markRunOut,
  markSettled,
  type OpenSession,
  selectOpen,
  selectOutlived,
  selectSignedOut,
  selectToLookAt,
  selectToSettle,
} from './run-out-store.ts';

/** What Redis, which counts idle time, has left of sessions: nothing, or a record for so many milliseconds more. */
export type LookAt = (
  uidDigests: readonly Buffer[],
) => Promise<({ outcome: 'gone' } | { outcome: 'kept'; cookieDigest: Buffer; milliseconds: number })[]>;

export interface RunOutDependencies {
  readonly db: Db;
  readonly lookAt: LookAt;
  /** Notices whether Redis has lost something. */
  readonly redisEpoch: { at(): Promise<number> };
  readonly now: () => Date;
}

const BATCH = 500;
/** A session is in PostgreSQL first and in Redis with the end of its request: so old, it is in both. */
const SIGN_IN_MILLISECONDS = 60_000;
const BY: Actor = { kind: 'system', name: 'sessions' };

/**
 * A session that only runs out is ended as any other is, in the transaction that notes whom to tell. Past its absolute
 * end it is dead for PostgreSQL; unused for too long, or lost with Redis, there is no record any more to come back to.
 * Without Redis nothing but the first is known, and the rest waits. Begun anew, it goes on where it was.
 */
export async function endRunOutSessions(from: RunOutDependencies): Promise<void> {
  await inBatches(
    () => selectOutlived(from.db, { at: from.now(), limit: BATCH }),
    (outlived) => end(from, outlived.map(ranOut), []),
  );
  await from.redisEpoch.at();
  await settle(from);
  await inBatches(
    () => selectToLookAt(from.db, { at: from.now(), limit: BATCH }),
    (open) => lookAtAll(from, open),
  );
}

async function inBatches(
  select: () => Promise<OpenSession[]>,
  act: (sessions: OpenSession[]) => Promise<void>,
): Promise<void> {
  for (;;) {
    const batch = await select();
    if (batch.length > 0) await act(batch);
    if (batch.length < BATCH) return;
  }
}

/** Redis came back, with less than it had or to sign-outs that were noted without it: every open session is asked for. */
async function settle(from: RunOutDependencies): Promise<void> {
  const before = new Date(from.now().getTime() - SIGN_IN_MILLISECONDS);
  const reasons = await selectToSettle(from.db, before);
  if (!reasons.epochAt && reasons.cookies.length === 0) return;
  let after = Buffer.alloc(0);
  await inBatches(
    () => selectOpen(from.db, { after, before, limit: BATCH }),
    async (open) => {
      after = open.at(-1)?.uidDigest as Buffer<ArrayBuffer>;
      await lookAtAll(from, open);
    },
  );
  await markSettled(from.db, { ...reasons, at: from.now() });
}

async function lookAtAll(from: RunOutDependencies, sessions: readonly OpenSession[]): Promise<void> {
  const at = from.now().getTime();
  const kept = await from.lookAt(sessions.map(({ uidDigest }) => uidDigest));
  const cookies = kept.flatMap((one) => (one.outcome === 'kept' ? one.cookieDigest : []));
  const signedOut = await selectSignedOut(from.db, cookies);
  const dead: DeadSession[] = [];
  const open: { uidDigest: Buffer; lookAt: Date }[] = [];
  sessions.forEach((session, index) => {
    const found = kept[index];
    if (!found || found.outcome === 'gone') dead.push(ranOut(session));
    else if (signedOut.has(found.cookieDigest.toString('hex'))) dead.push({ ...session, reason: 'sign-out' });
    else open.push({ ...session, lookAt: new Date(at + found.milliseconds + 1) });
  });
  await end(from, dead, open);
}

function end(
  { db, now }: RunOutDependencies,
  dead: readonly DeadSession[],
  open: readonly { uidDigest: Buffer; lookAt: Date }[],
): Promise<void> {
  return db.transaction().execute(async (tx) => {
    if (open.length > 0) await lookAgain(tx, open);
    if (dead.length === 0) return;
    const at = now();
    const ended = await markRunOut(tx, { dead, at });
    if (ended.length === 0) return;
    const event = { name: 'session.ended', reason: 'ran-out', details: { sessions: ended.length } } as const;
    await record(tx, BY, event, at);
    await announceEnds(tx, ended);
  });
}

function ranOut(session: OpenSession): DeadSession {
  return { ...session, reason: 'ran-out' };
}
