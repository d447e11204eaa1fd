import { record } from '../audit/record.ts';
import type { Settings } from '../config.ts';
import type { Digests } from '../crypto/digests.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import { sealerOf } from '../crypto/sealed-fields.ts';
import { isCutOff } from '../orders/evaluate.ts';
import type { OrdersInForce } from '../orders/order.ts';
import { judgeStanding, subjectOf } from '../sessions/judge-standing.ts';
import { type StandingPerson, standing } from '../sessions/standing.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { clearAttempts, reserveAttempt } from '../throttling/attempts.ts';
import { spendTotp } from './spend-totp.ts';
import { findTotp } from './store.ts';

export interface Dependencies {
  db: Db;
  digests: Digests;
  keyRing: KeyRing;
  limits: Pick<
    Settings['limits'],
    'failuresBeforePause' | 'pauseSeconds' | 'longestPauseSeconds' | 'failuresPerDayFromUnknownDevices'
  >;
  now: () => Date;
}

/** What somebody who is signed in typed to confirm one act. */
export interface TypedFactor {
  person: number;
  /** Of the session it was typed in. */
  sessionUidDigest: Buffer;
  /** For the audit, where the code was wrong: which act it was for. */
  act: string;
  otp: string;
}

/** A code that is counted as a try and not verified yet: only `confirmAct` does that, inside the act's transaction. */
export interface PresentedFactor extends TypedFactor {
  readonly counter: Buffer;
  readonly from: Pick<Dependencies, 'keyRing'>;
}

export type Presented =
  | { outcome: 'presented'; factor: PresentedFactor }
  | { outcome: 'paused'; until: Date };
export type PresentFactor = (typed: TypedFactor) => Promise<Presented>;

/**
 * Counts the try before anything is verified, outside the act's transaction: an act that fails afterwards gives no
 * guess back. Strangers who fail at the sign-in cannot stop somebody who is signed in, nor can a stolen cookie: acts
 * have a counter of their own in each session, and no session begins without the factor.
 */
export function createPresentFactor({ db, digests, keyRing, limits, now }: Dependencies): PresentFactor {
  return async (typed) => {
    const { person, sessionUidDigest } = typed;
    const counter = digests.of('second-factor', `act ${person} ${sessionUidDigest.toString('base64url')}`);
    const reserved = await reserveAttempt(db, {
      key: counter,
      limits: { ...limits, failuresPerDay: limits.failuresPerDayFromUnknownDevices },
      at: now(),
    });
    if (reserved.outcome === 'paused') return reserved;
    return { outcome: 'presented', factor: { ...typed, counter, from: { keyRing } } };
  };
}

export type Confirmed =
  | { outcome: 'confirmed' }
  | { outcome: 'wrong-code' }
  /** The session ended, or the account is locked, frozen or reset by now. */
  | { outcome: 'start-again' };

/**
 * The factor given for exactly one act: a TOTP step that nothing was confirmed with before, spent in the act's own
 * transaction. Recovery codes confirm nothing. A stolen cookie has no code, and so opens nothing.
 */
export async function confirmAct(
  tx: Tx,
  factor: PresentedFactor,
  { inForce, at }: { inForce: OrdersInForce; at: Date },
): Promise<Confirmed> {
  const { person, sessionUidDigest } = factor;
  const verdict = judgeStanding(await standing(tx, { person, sessionUidDigest, at }), {
    ...{ stamps: [], inForce, at },
  });
  if (verdict.outcome !== 'good') return { outcome: 'start-again' };
  if (!(await spend(tx, factor, { holder: verdict.person, inForce, at }))) {
    const event = {
      name: 'second-factor.act-refused',
      subject: person,
      details: { act: factor.act },
    } as const;
    await record(tx, { kind: 'person', person }, event, at);
    return { outcome: 'wrong-code' };
  }
  await clearAttempts(tx, [factor.counter]);
  return { outcome: 'confirmed' };
}

async function spend(
  tx: Tx,
  { person, otp: typed, from }: PresentedFactor,
  { holder, inForce, at }: { holder: StandingPerson; inForce: OrdersInForce; at: Date },
): Promise<boolean> {
  const totp = await findTotp(tx, person);
  if (!totp || !holder.key) return false;
  const made = { made: 'credential', generation: totp.generation } as const;
  if (totp.epoch !== holder.epoch || isCutOff(inForce, subjectOf(holder), made)) return false;
  const sealer = sealerOf(person, from.keyRing.openPersonKey({ person, ...holder.key }));
  return (await spendTotp(tx, { factor: totp, sealer, typed, at })).outcome === 'spent';
}
