import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { announceEnds } from './logout-notices.ts';
import { insertEndedCookie, insertRevokedGrant, markEnded, markEndedOf, markFamilyRevoked } from './store.ts';

export interface SessionEnd {
  readonly by: Actor;
  /** sign-out, account-switch, lock, password-changed ... */
  readonly reason: string;
  readonly at: Date;
}

/** The tombstone by uid. False: it had ended before, or never was. */
export function endSession(db: Db | Tx, ended: SessionEnd & { uidDigest: Buffer }): Promise<boolean> {
  return withinOne(db, async (tx) => {
    const person = await markEnded(tx, ended);
    if (person === undefined) return false;
    await record(tx, ended.by, { ...named(ended), subject: person }, ended.at);
    await announceEnds(tx, [ended.uidDigest]);
    return true;
  });
}

/** All of a person's, or all but the one they are in. Returns the uids' digests: whom relying parties are told of. */
export function endSessionsOf(
  tx: Db | Tx,
  person: number,
  ended: SessionEnd & { exceptUidDigest?: Buffer | undefined },
): Promise<Buffer[]> {
  return withinOne(tx, async (within) => {
    const uids = await markEndedOf(within, person, ended);
    const event = { ...named(ended), subject: person, details: { sessions: uids.length } };
    if (uids.length > 0) await record(within, ended.by, event, ended.at);
    await announceEnds(within, uids);
    return uids;
  });
}

/** The tombstone by cookie: all that is known of a session while Redis is away. `untilAt`: its latest absolute end. */
export function endByCookie(
  db: Db | Tx,
  ended: SessionEnd & { cookieDigest: Buffer; untilAt: Date },
): Promise<void> {
  return withinOne(db, async (tx) => {
    if (await insertEndedCookie(tx, ended)) await record(tx, ended.by, named(ended), ended.at);
  });
}

/** A grant and its refresh families. Stays true when Redis is lost or rolled back. */
export function revokeGrant(
  db: Db | Tx,
  grant: { grantDigest: Buffer; person?: number | undefined; at: Date; untilAt: Date },
): Promise<void> {
  return insertRevokedGrant(db, grant);
}

/** One family: a refresh token of it was used twice. */
export function revokeFamily(db: Db | Tx, family: { id: Buffer; at: Date }): Promise<void> {
  return markFamilyRevoked(db, family);
}

function named({ reason }: SessionEnd): { name: 'session.ended'; reason: string } {
  return { name: 'session.ended', reason };
}

function withinOne<T>(db: Db | Tx, act: (tx: Db | Tx) => Promise<T>): Promise<T> {
  return db.isTransaction ? act(db) : db.transaction().execute(act);
}
