import type { Password } from '../accounts/store.ts';
import type { OrdersInForce } from '../orders/order.ts';
import type { TotpFactor } from '../second-factors/store.ts';
import type { Stamp } from '../sessions/judge-standing.ts';
import type { Device } from '../sessions/limits.ts';
import type { StandingPerson } from '../sessions/standing.ts';
import type { Tx } from '../storage/postgres.ts';
import type { SignIn } from './interaction.ts';

/** Somebody who gave a right password, and the second factor where they have one. */
export interface Entry {
  person: number;
  /** Half-finished sign-ins are judged under what they were begun under. */
  stamps: readonly Stamp[];
  device: Device;
  /** The counters that a right proof clears. */
  clears: readonly Buffer[];
  /** For the audit: which application, from where. */
  details: Details;
  at: Date;
  proof: Proof;
}

export interface Details {
  application: string | null;
  address: string;
}

/** `password` as it was when it was verified; `second-factor` spends the code in the same transaction. */
export type Proof =
  | { kind: 'password'; password: Password }
  | { kind: 'second-factor'; factor: 'otp' | 'recovery-code'; spend: Spend };

export type Spend = (tx: Tx, holder: Holder) => Promise<{ outcome: 'spent' } | { outcome: 'refused' }>;

export interface Holder {
  person: StandingPerson;
  totp: TotpFactor;
  inForce: OrdersInForce;
  /** An order or a lock is in the way, whatever is proved: nothing that is there once is used up for it. */
  isShutOut: boolean;
}

export type LetIn =
  | { outcome: 'signed-in'; signIn: SignIn }
  | { outcome: 'second-factor-needed'; epoch: number; generation: number }
  | { outcome: 'wrong-code' }
  | { outcome: 'not-now'; reason: NotNow }
  /** The password changed, the account was reset or an order cut this off meanwhile. */
  | { outcome: 'start-again' };

export type NotNow = 'locked' | 'frozen' | 'second-factor-missing' | 'closed';
