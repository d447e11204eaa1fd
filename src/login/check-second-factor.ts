import type { KeyRing } from '../crypto/key-ring.ts';
import { sealerOf } from '../crypto/sealed-fields.ts';
import { truncateAddress } from '../http/client-address.ts';
import { addChangeNotices } from '../notices/change-notice.ts';
import { findRecoveryCode, spendRecoveryCode } from '../second-factors/recovery-codes.ts';
import { spendTotp } from '../second-factors/spend-totp.ts';
import { standing } from '../sessions/standing.ts';
import { reserveAttempt } from '../throttling/attempts.ts';
import { secondFactorCounter } from './attempt-limits.ts';
import { aliveFor, type Dependencies as PasswordDependencies, pausedByAddress } from './check-password.ts';
import type { LetIn, Proof, Spend } from './entry.ts';
import type { FirstFactor } from './interaction.ts';
import { findDevice, type KnownDevice } from './known-devices.ts';
import { letIn } from './let-in.ts';

export type Dependencies = Omit<PasswordDependencies, 'hasher'> & { keyRing: KeyRing };

export interface TypedCode {
  kind: 'otp' | 'recovery-code';
  typed: string;
  firstFactor: FirstFactor;
  devices: readonly KnownDevice[];
  address: string;
  application: string | undefined;
}

export type SecondFactorChecked =
  | Exclude<LetIn, { outcome: 'second-factor-needed' }>
  | { outcome: 'paused'; until: Date };

/** How long a right password waits for its second factor. */
const FIRST_FACTOR_MILLISECONDS = 600_000;

/** The second half: the guess is counted first, and the code is spent in the transaction that lets in. */
export async function checkSecondFactor(from: Dependencies, code: TypedCode): Promise<SecondFactorChecked> {
  const { db, digests, addresses, limits } = from;
  const { firstFactor, address } = code;
  const at = from.now();
  if (at.getTime() - firstFactor.at > FIRST_FACTOR_MILLISECONDS) return { outcome: 'start-again' };
  const isAllowed = await addresses.isAllowed(address, 'open');
  const device = await recognise(from, code, at);
  if (!isAllowed && !device) return pausedByAddress(limits, at);
  const counter = secondFactorCounter(digests, limits, { person: firstFactor.person, device });
  const reserved = await reserveAttempt(db, { ...counter, at });
  if (reserved.outcome === 'paused') return reserved;
  const result = await letIn(from, {
    person: firstFactor.person,
    stamps: [{ epoch: firstFactor.epoch, generation: firstFactor.generation }],
    device: firstFactor.device,
    clears: [counter.key],
    details: { application: code.application ?? null, address: truncateAddress(address) },
    at,
    proof: proofOf(from, code, at),
  });
  if (result.outcome === 'wrong-code') await addresses.noteFailure(address, 'open');
  return result.outcome === 'second-factor-needed' ? { outcome: 'start-again' } : result;
}

async function recognise(from: Dependencies, code: TypedCode, at: Date): Promise<KnownDevice | undefined> {
  const { clock, person } = await standing(from.db, { person: code.firstFactor.person, at });
  if (!person) return undefined;
  const { digests } = from;
  const lifetimeSeconds = from.lifetimes.knownDeviceSeconds;
  const device = findDevice(code.devices, { digests, personId: person.id, at, lifetimeSeconds });
  const inForce = await from.orders.upTo(clock.version);
  return device && aliveFor(person, inForce)('session', device) ? device : undefined;
}

function proofOf(from: Dependencies, code: TypedCode, at: Date): Proof {
  const spend = code.kind === 'otp' ? spendOtp(from, code.typed, at) : spendCode(from, code.typed, at);
  return { kind: 'second-factor', factor: code.kind, spend };
}

function spendOtp({ keyRing }: Dependencies, typed: string, at: Date): Spend {
  return async (tx, { person, totp, inForce }) => {
    if (!person.key || !aliveFor(person, inForce)('credential', totp)) return { outcome: 'refused' };
    const sealer = sealerOf(person.number, keyRing.openPersonKey({ person: person.number, ...person.key }));
    return spendTotp(tx, { factor: totp, sealer, typed, at });
  };
}

function spendCode({ digests }: Dependencies, typed: string, at: Date): Spend {
  return async (tx, { person, inForce, isShutOut }) => {
    const by = { kind: 'person', person: person.number } as const;
    const guess = { digests, person: person.number, typed, at };
    const right = isShutOut ? await findRecoveryCode(tx, guess) : await spendRecoveryCode(tx, by, guess);
    if (right.outcome === 'refused') return right;
    const stamp = { epoch: person.epoch, generation: right.generation };
    if (!aliveFor(person, inForce)('credential', stamp)) return { outcome: 'refused' };
    if (!isShutOut) await addChangeNotices(tx, { person: person.number, told: 'recovery-code-used', at });
    return { outcome: 'spent' };
  };
}
