import type { OrdersInForce } from '../orders/order.ts';
import type { Subject } from '../orders/scope.ts';
import type { Device } from '../sessions/limits.ts';
import type { Tx } from '../storage/postgres.ts';
import type { Profile } from '../storage/schema.ts';

/** How an account was claimed stays on it (`claimed_by`). */
export type CeremonyName = 'class-window';

/**
 * A policy: whose account may be claimed so, and by which two proofs from two sources. What happens once both are
 * given (begin, claim, second factor, finish) is the same operation for every ceremony.
 */
export interface Ceremony {
  readonly name: CeremonyName;
  readonly profiles: readonly Profile[];
  readonly proofs: { readonly first: 'letter-code'; readonly second: 'window-word' };
  /** Whose device it happens on: a class shares its own. */
  readonly device: Device;
  /**
   * Counts the try before it compares, by one statement whatever was typed: a stranger cannot tell the answers apart.
   */
  prove(tx: Tx, given: Given): Promise<Proved>;
  /** The second proof was right: the try it was counted as is given back. */
  giveBack(tx: Tx, proof: Proof): Promise<void>;
}

export interface Given {
  codeDigest: Buffer;
  /** The second proof as it was typed. */
  typed: string;
  inForce: OrdersInForce;
  at: Date;
}

/** Both proofs, and what they were made under. */
export interface Proof {
  subject: Subject;
  letter: string;
  epoch: number;
  /** For the row of the half-open ceremony: references, never what was typed. */
  second: { ceremony: CeremonyName; window: string };
}

/** Why not: for the audit alone. */
export type RefusedBecause =
  | 'unknown-code'
  | 'void-letter'
  | 'used-letter'
  | 'expired-letter'
  | 'not-dormant'
  | 'locked'
  | 'erased'
  | 'cut-off'
  | 'frozen'
  | 'other-profile'
  | 'no-window'
  | 'no-tries-left'
  | 'wrong-word';

export type Proved =
  | { outcome: 'proved'; proof: Proof }
  | { outcome: 'refused'; because: RefusedBecause; person: number | undefined; letter: string | undefined };
