import type { Db, Tx } from '../storage/postgres.ts';
import type { SessionKind } from './limits.ts';
import { selectSessions } from './store.ts';

export interface ListedSession {
  readonly uidDigest: Buffer;
  readonly kind: SessionKind;
  readonly generation: number;
  readonly startedAt: Date;
  readonly absoluteEnd: Date;
  readonly userAgent: string | undefined;
  readonly address: string | undefined;
  /** The client_ids it has reached. */
  readonly relyingParties: readonly string[];
}

export interface SessionsAsked {
  readonly at: Date;
  /** `cutOffGeneration(inForce, subject, 'session')`: what carries a lower one is dead. */
  readonly cutOffGeneration?: number;
}

/** A person's live sessions, the newest first. An ended, outlived, outdated or cut-off one is none. */
export function listSessions(db: Db | Tx, person: number, asked: SessionsAsked): Promise<ListedSession[]> {
  return selectSessions(db, person, asked);
}
