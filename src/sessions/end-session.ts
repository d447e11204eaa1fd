import type { Db, Tx } from '../storage/postgres.ts';
import { insertEndedCookie, insertRevokedGrant, markEnded, markEndedOf, markFamilyRevoked } from './store.ts';

export interface SessionEnd {
  readonly at: Date;
  /** sign-out, lock, password-changed ... */
  readonly reason: string;
}

/** The tombstone by uid. False: it had ended before, or never was. */
export function endSession(db: Db | Tx, ended: SessionEnd & { uidDigest: Buffer }): Promise<boolean> {
  return markEnded(db, ended);
}

/** All of a person's, or all but the one they are in. Returns the uids' digests: whom relying parties are told of. */
export function endSessionsOf(
  tx: Db | Tx,
  person: number,
  ended: SessionEnd & { exceptUidDigest?: Buffer | undefined },
): Promise<Buffer[]> {
  return markEndedOf(tx, person, ended);
}

/** The tombstone by cookie: all that is known of a session while Redis is away. `untilAt`: its latest absolute end. */
export function endByCookie(
  db: Db | Tx,
  ended: { cookieDigest: Buffer; at: Date; untilAt: Date },
): Promise<void> {
  return insertEndedCookie(db, ended);
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
