import { raiseEpoch } from '../accounts/epoch.ts';
import { recoveryHeldUntil } from '../accounts/recovery-hold.ts';
import type { Digests } from '../crypto/digests.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import { sealerOf } from '../crypto/sealed-fields.ts';
import type { SignedIn } from '../login/signed-in.ts';
import { addChangeNotices } from '../notices/change-notice.ts';
import { enrolTotp } from '../second-factors/enrol-totp.ts';
import type { RecoveryCode } from '../second-factors/recovery-code.ts';
import { makeRecoveryCodes } from '../second-factors/recovery-codes.ts';
import { findTotp } from '../second-factors/store.ts';
import {
  beginTotpEnrolment,
  openTotpEnrolment,
  type TotpEnrolmentTicket,
} from '../second-factors/totp-enrolment-ticket.ts';
import { endSessionsOf } from '../sessions/end-session.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import {
  type Acting,
  actAsHolder,
  type Dependencies as HolderDependencies,
  type NotActing,
} from './act-as-holder.ts';
import { holdWithAllGiven } from './all-factors.ts';

export interface Dependencies extends HolderDependencies {
  digests: Digests;
  keyRing: KeyRing;
  /** See accounts/recovery-hold.ts. */
  recoveryHoldHours: number;
}

/** A secret for the page, in this session alone. */
export function offerTotp({ keyRing, now }: Dependencies, signedIn: SignedIn): TotpEnrolmentTicket {
  return beginTotpEnrolment(keyRing, ticketFor(signedIn, now()));
}

/** The secret of a page that comes back; undefined where it is too old, altered, or another session's. */
export function openTicket(
  { keyRing, now }: Dependencies,
  signedIn: SignedIn,
  ticket: string,
): Buffer | undefined {
  return openTotpEnrolment(keyRing, { ...ticketFor(signedIn, now()), ticket });
}

function ticketFor({ person, uidDigest }: SignedIn, at: Date) {
  return { person: person.number, place: `session ${uidDigest.toString('base64url')}`, at };
}

/** The account was claimed too short a time ago to replace what leads back to it. */
export type Held = { outcome: 'held'; until: Date };

export type FactorEnrolled =
  | { outcome: 'enrolled'; codes: RecoveryCode[]; sessions: 'kept' | 'ended' }
  | Held
  | { outcome: 'wrong-code' }
  | NotActing;

/**
 * A new application takes the place of the former, and new recovery codes the place of the old. Where there was one,
 * every session ends, this one too: who replaced it with a stolen cookie can confirm nothing by it, and signs in with
 * the password they do not have.
 */
export async function enrolOwnTotp(
  from: Dependencies,
  { signedIn, secret, typed }: { signedIn: SignedIn; secret: Buffer; typed: string },
): Promise<FactorEnrolled> {
  return actAsHolder(from, signedIn, async (tx, acting): Promise<FactorEnrolled> => {
    const { person, inForce, at } = acting;
    if (!person.key || !(await holdWithAllGiven(tx, signedIn))) return { outcome: 'start-again' };
    const { number, epoch } = person;
    const held = await findHold(from, tx, { person: number, at });
    if (held) return held;
    const sealer = sealerOf(number, from.keyRing.openPersonKey({ person: number, ...person.key }));
    const { generation } = inForce;
    const by = { kind: 'person', person: number } as const;
    const isReplacing = (await findTotp(tx, number)) !== undefined;
    const enrolled = await enrolTotp(tx, by, { secret, typed, sealer, epoch, generation, at });
    if (enrolled.outcome === 'wrong-code') return enrolled;
    if (enrolled.outcome === 'epoch-moved') return { outcome: 'start-again' };
    // A sign-in with the former one that nobody has gone on from yet ends too, and whatever else it would let in.
    const codesOf = isReplacing ? await raiseEpoch(tx, number, 'kept') : epoch;
    if (isReplacing) await endSessionsOf(tx, number, { by, at, reason: 'factor-replaced' });
    await addChangeNotices(tx, {
      person: number,
      told: isReplacing ? 'factor-replaced' : 'factor-added',
      at,
    });
    const made = await newCodes(from, tx, { ...acting, epoch: codesOf });
    return made.outcome === 'enrolled' ? { ...made, sessions: isReplacing ? 'ended' : 'kept' } : made;
  });
}

/** Nothing is held where there is no second factor yet: a first one only adds. */
export async function findHold(
  { recoveryHoldHours: hours }: Pick<Dependencies, 'recoveryHoldHours'>,
  db: Db | Tx,
  { person, at }: { person: number; at: Date },
): Promise<Held | undefined> {
  const until = await recoveryHeldUntil(db, { person, hours, at });
  return until && (await findTotp(db, person)) ? { outcome: 'held', until } : undefined;
}

export type CodesRenewed =
  | { outcome: 'enrolled'; codes: RecoveryCode[] }
  | Held
  | { outcome: 'no-factor' }
  | NotActing;

/** For a list that was lost or used up. */
export async function renewRecoveryCodes(from: Dependencies, signedIn: SignedIn): Promise<CodesRenewed> {
  return actAsHolder(from, signedIn, async (tx, acting): Promise<CodesRenewed> => {
    if (!(await holdWithAllGiven(tx, signedIn))) return { outcome: 'start-again' };
    const { person, at } = acting;
    if (!(await findTotp(tx, person.number))) return { outcome: 'no-factor' };
    const held = await findHold(from, tx, { person: person.number, at });
    if (held) return held;
    await addChangeNotices(tx, { person: person.number, told: 'recovery-codes', at });
    return newCodes(from, tx, { ...acting, epoch: person.epoch });
  });
}

async function newCodes(
  { digests }: Dependencies,
  tx: Tx,
  { person: { number: person }, epoch, inForce, at }: Acting & { epoch: number },
): Promise<{ outcome: 'enrolled'; codes: RecoveryCode[] } | NotActing> {
  const making = { digests, person, epoch, generation: inForce.generation, at };
  const made = await makeRecoveryCodes(tx, { kind: 'person', person }, making);
  return made.outcome === 'made' ? { outcome: 'enrolled', codes: made.codes } : { outcome: 'start-again' };
}
