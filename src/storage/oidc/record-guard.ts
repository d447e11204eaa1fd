import type { AdapterPayload } from 'oidc-provider';

/** Under what a record was made (design D4). Sealed with it. */
export interface Stamp {
  readonly person?: number;
  readonly generation?: number;
  readonly epoch?: number;
  /** Milliseconds since 1970: codes and pushed requests of a Redis that was since lost are refused by it. */
  readonly at?: number;
  /** Of a refresh token: its family and its place in it. */
  readonly family?: string;
  readonly rotation?: number;
  /** Of a code: the client's sid in its session. */
  readonly sid?: string;
  /** Of an access token, which the engine gives none: of the sign-in behind it. */
  readonly acr?: string;
}

export interface GuardedRecord {
  readonly model: string;
  readonly id: string;
  readonly payload: AdapterPayload;
  readonly stamp: Stamp;
  /** Of a session that was found by its cookie, and not by its uid. */
  readonly cookieId?: string;
}

/** What PostgreSQL knows of the records in Redis, asked and told by the adapter. */
export interface RecordGuard {
  stampFor(model: string, payload: AdapterPayload): Stamp | Promise<Stamp>;
  /** False: dead by a cut-off, a lock, an ended session, a revoked grant ...; the engine then sees nothing. */
  admits(record: GuardedRecord): Promise<boolean>;
  /** Written before anything in Redis: revoked stays revoked when Redis is lost. */
  revokeGrant(grantId: string): Promise<void>;
}
