import type { Actor } from '../audit/actor.ts';
import type { Db } from '../storage/postgres.ts';
import type { AskStanding } from './ask-standing.ts';
import { endSession } from './end-session.ts';
import { judgeStanding } from './judge-standing.ts';
import { type OpenSession, selectSessionsToCheck } from './logout-notices-store.ts';

const BATCH = 200;
const AT_ONCE = 4;
const BY: Actor = { kind: 'system', name: 'orders' };

/**
 * An order that closes sessions writes no row of theirs. Here each of those with relying parties to tell is asked the
 * same question as a request of it would ask, and ended where it is dead. Begun anew, it goes on where it was.
 */
export async function endCutOffSessions(from: { db: Db; ask: AskStanding; now: () => Date }): Promise<void> {
  let after = Buffer.alloc(0);
  for (;;) {
    const batch = await selectSessionsToCheck(from.db, { after, limit: BATCH });
    for (let index = 0; index < batch.length; index += AT_ONCE)
      await Promise.all(batch.slice(index, index + AT_ONCE).map((session) => endIfDead(from, session)));
    const last = batch.at(-1);
    if (!last || batch.length < BATCH) return;
    after = last.uidDigest as Buffer<ArrayBuffer>;
  }
}

async function endIfDead(
  { db, ask, now }: { db: Db; ask: AskStanding; now: () => Date },
  { uidDigest, person }: OpenSession,
): Promise<void> {
  const at = now();
  const { standing, inForce } = await ask({ person, sessionUidDigest: uidDigest, at });
  const verdict = judgeStanding(standing, { stamps: [], inForce, at });
  if (verdict.outcome === 'dead') await endSession(db, { uidDigest, by: BY, reason: verdict.reason, at });
}
