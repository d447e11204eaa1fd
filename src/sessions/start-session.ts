import type { Db, Tx } from '../storage/postgres.ts';
import type { SessionLimits } from './limits.ts';
import { insertSession } from './store.ts';

export interface NewSession {
  readonly uidDigest: Buffer;
  readonly person: number;
  readonly limits: SessionLimits;
  /** Under what the sign-in was judged: the orders' version and generation, the account's epoch. */
  readonly judgedAt: { readonly version: number; readonly generation: number; readonly epoch: number };
  readonly at: Date;
  /** A short label, never the raw header. */
  readonly userAgent?: string | undefined;
  /** As the request has it; kept truncated. */
  readonly address?: string | undefined;
}

export type StartedSession =
  /** Never longer than it was where its device had been called shared. */
  | { outcome: 'started'; idleSeconds: number; absoluteEnd: Date }
  /** Judge once more, under the orders of now. */
  | { outcome: 'orders-moved' }
  /** No longer active, locked, or its epoch was raised since. */
  | { outcome: 'account-changed' }
  /** This session was ended, or is somebody else's. */
  | { outcome: 'session-ended' };

/** One conditional statement lets in. Signing in again in a live session of the same person renews it. */
export async function startSession(tx: Db | Tx, session: NewSession): Promise<StartedSession> {
  const { isUnmoved, isAccountFit, idleSeconds, absoluteEnd } = await insertSession(tx, session);
  if (!isUnmoved) return { outcome: 'orders-moved' };
  if (!isAccountFit) return { outcome: 'account-changed' };
  if (idleSeconds === null || absoluteEnd === null) return { outcome: 'session-ended' };
  return { outcome: 'started', idleSeconds, absoluteEnd };
}
