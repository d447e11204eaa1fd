import { ASKED_BY_HOLDER } from '../accounts/lock-reasons.ts';
import { lockAccount } from '../accounts/locks.ts';
import type { Actor } from '../audit/actor.ts';
import type { SignedIn } from '../login/signed-in.ts';
import { cutOffGeneration } from '../orders/evaluate.ts';
import { endSession, endSessionsOf } from '../sessions/end-session.ts';
import { subjectOf } from '../sessions/judge-standing.ts';
import { type ListedSession, listSessions } from '../sessions/list-sessions.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { actAsHolder, type Dependencies, type NotActing } from './act-as-holder.ts';

/** Live ones, the newest first. */
export function listOwnSessions(
  db: Db | Tx,
  { person, inForce }: Pick<SignedIn, 'person' | 'inForce'>,
  at: Date,
): Promise<ListedSession[]> {
  const generation = cutOffGeneration(inForce, subjectOf(person), 'session');
  return listSessions(db, person.number, { at, cutOffGeneration: generation });
}

export type SessionsEnded = { outcome: 'ended'; sessions: number } | NotActing;

/** One of the holder's own; somebody else's, or one that has ended, is none. */
export async function endOneSession(
  from: Dependencies,
  signedIn: SignedIn,
  uidDigest: Buffer,
): Promise<SessionsEnded> {
  return actAsHolder(from, signedIn, async (tx, { person, inForce, at }): Promise<SessionsEnded> => {
    const own = await listOwnSessions(tx, { person, inForce }, at);
    if (!own.some((session) => session.uidDigest.equals(uidDigest))) return { outcome: 'ended', sessions: 0 };
    const isEnded = await endSession(tx, { uidDigest, by: holderOf(person), at, reason: ENDED_BY_HOLDER });
    return { outcome: 'ended', sessions: isEnded ? 1 : 0 };
  });
}

export async function endOtherSessions(from: Dependencies, signedIn: SignedIn): Promise<SessionsEnded> {
  return actAsHolder(from, signedIn, async (tx, { person, at }): Promise<SessionsEnded> => {
    const ended = await endSessionsOf(tx, person.number, {
      by: holderOf(person),
      at,
      reason: ENDED_BY_HOLDER,
      exceptUidDigest: signedIn.uidDigest,
    });
    return { outcome: 'ended', sessions: ended.length };
  });
}

export type OwnLock = { outcome: 'locked' } | NotActing;

/** Somebody who fears for their account stops everything at once, this session too. */
export async function lockOwnAccount(from: Dependencies, signedIn: SignedIn): Promise<OwnLock> {
  return actAsHolder(from, signedIn, async (tx, { person, at }): Promise<OwnLock> => {
    const by = holderOf(person);
    await lockAccount(tx, by, { person: person.number, reason: ASKED_BY_HOLDER, at });
    await endSessionsOf(tx, person.number, { by, at, reason: 'lock' });
    return { outcome: 'locked' };
  });
}

const ENDED_BY_HOLDER = 'ended-by-holder';

function holderOf({ number: person }: { number: number }): Actor {
  return { kind: 'person', person };
}
