import type { OrdersInForce } from '../orders/order.ts';
import type { Subject } from '../orders/scope.ts';
import type { Device } from '../sessions/limits.ts';
import type { Tx } from '../storage/postgres.ts';
import type { AwaitedCeremony } from '../storage/schema.ts';

/** How an account was claimed stays on it (`claimed_by`). */
export type CeremonyName = 'class-window' | AwaitedCeremony;

/**
 * A policy: by which two proofs, from two sources, an account may be claimed so. Whose account may be, config/ says;
 * what happens once both are given (claim, second factor, finish) is the same operation for every ceremony.
 */
export interface Ceremony {
  readonly name: CeremonyName;
  readonly proofs: {
    readonly first: 'letter-code';
    readonly second: 'window-word' | 'guardian' | 'electronic-half' | 'desk-act';
  };
  /** Whose device it happens on: a class shares its own, and so does a school's desk. */
  readonly device: Device;
}

/** Both proofs are typed into one form. */
export interface CeremonyAtOnce extends Ceremony {
  /**
   * Counts the try before it compares, by the same statements whatever was typed: a stranger cannot tell the answers
   * apart.
   */
  prove(tx: Tx, given: Given): Promise<Proved>;
  /** The second proof was right: the try it was counted as is given back. */
  giveBack(tx: Tx, proof: Proof): Promise<void>;
}

/** The code is typed first; the browser then waits for the second proof, which comes from elsewhere. */
export interface CeremonyAwaited extends Ceremony {
  readonly name: AwaitedCeremony;
  /** How long the browser waits. */
  readonly seconds: number;
  /** How often a day one letter can be used so. */
  readonly perDay: number;
  /** What its screen shows meanwhile, to be typed by whoever gives the second proof. */
  shown(token: string): string | undefined;
  /** What is begun by asking, in the same transaction. */
  readonly job?: { readonly task: string; readonly maxAttempts: number };
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
  second: SecondProof;
}

export type SecondProof =
  | { ceremony: 'class-window'; window: string }
  | { ceremony: 'guardian-vouch'; request: string; guardian: number }
  | { ceremony: 'split-letter'; request: string; contact: number }
  | { ceremony: 'desk'; request: string; staff: number; right: string; document: string };

/** Why not: for the audit alone. */
export type RefusedBecause =
  | 'unknown-code'
  | 'void-letter'
  | 'used-letter'
  | 'expired-letter'
  | 'early-letter'
  | 'not-dormant'
  | 'locked'
  | 'erased'
  | 'cut-off'
  | 'frozen'
  | 'other-profile'
  | 'too-many-requests'
  | 'no-window'
  | 'no-tries-left'
  | 'wrong-word'
  | 'wrong-digits'
  | 'wrong-characters'
  | 'no-contact'
  | 'contact-too-new'
  | 'contact-changed'
  | 'expired-half'
  | 'wrong-half'
  | 'same-hands';

export type Proved =
  | { outcome: 'proved'; proof: Proof }
  | {
      outcome: 'refused';
      because: RefusedBecause;
      person: number | undefined;
      letter: string | undefined;
      /** A window that this was one wrong word too many for. */
      closedWindow?: string | undefined;
    };
