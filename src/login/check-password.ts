import { type FoundAccount, findAccountByTypedName } from '../accounts/find-account.ts';
import { needsRehash, type PasswordHasher } from '../accounts/password-hashing.ts';
import { replaceHash } from '../accounts/store.ts';
import { record } from '../audit/record.ts';
import type { Digests } from '../crypto/digests.ts';
import { truncateAddress } from '../http/client-address.ts';
import { isCutOff } from '../orders/evaluate.ts';
import type { OrdersInForce } from '../orders/order.ts';
import { subjectOf } from '../sessions/judge-standing.ts';
import type { Device } from '../sessions/limits.ts';
import { type StandingPerson, standing } from '../sessions/standing.ts';
import { Unavailable } from '../storage/unavailable.ts';
import type { Addresses } from '../throttling/addresses.ts';
import { reserveAttempt, unlessUnavailable } from '../throttling/attempts.ts';
import { passwordCounter, type SignInLimits } from './attempt-limits.ts';
import type { LetIn } from './entry.ts';
import { findDevice, type KnownDevice } from './known-devices.ts';
import { type Dependencies as Door, letIn } from './let-in.ts';

export interface Dependencies extends Door {
  digests: Digests;
  hasher: Pick<PasswordHasher, 'hash' | 'verify'>;
  addresses: Addresses;
  limits: SignInLimits & { addressWindowSeconds: number };
  now: () => Date;
}

export interface Typed {
  username: string;
  password: string;
  device: Device;
  /** Whose session in this browser is one on a shared device: theirs stays so, whatever they call it now. */
  sharedWith: string | undefined;
  devices: readonly KnownDevice[];
  address: string;
  application: string | undefined;
}

export type PasswordChecked =
  | Exclude<LetIn, { outcome: 'second-factor-needed' | 'wrong-code' }>
  | { outcome: 'second-factor-needed'; person: number; epoch: number; generation: number; device: Device }
  | { outcome: 'wrong' }
  | { outcome: 'paused'; until: Date };

/**
 * Name and password. An unknown, dormant, closed, locked, frozen or active account costs the same statements and one
 * hash job on wrong credentials, and answers the same (design, "Telling accounts apart").
 */
export async function checkPassword(from: Dependencies, typed: Typed): Promise<PasswordChecked> {
  const { db, digests, hasher, addresses, limits } = from;
  const at = from.now();
  const isAllowed = await addresses.isAllowed(typed.address, 'open');
  const known = await recognise(from, typed, at);
  if (!isAllowed && !known.device) return pausedByAddress(limits, at);
  const counter = passwordCounter(digests, limits, { typed: typed.username, device: known.device });
  const attempt = { ...counter, at };
  const reserved = await reserveAttempt(db, attempt);
  if (reserved.outcome === 'paused') {
    await addresses.noteFailure(typed.address, 'open');
    return reserved;
  }
  const verify = () => hasher.verify(known.usable?.hash, typed.password);
  const isRight = await unlessUnavailable(db, attempt, verify);
  if (!isRight || !known.account || !known.usable) return fail(from, typed, { account: known.account, at });
  const entry = {
    person: known.account.person,
    stamps: [],
    device: typed.sharedWith === known.account.personId ? ('shared' as const) : typed.device,
    clears: [counter.key],
    details: detailsOf(typed),
    at,
    proof: { kind: 'password', password: known.usable } as const,
  };
  const result = await letIn(from, entry);
  await rehash(from, { person: entry.person, hash: known.usable.hash, password: typed.password });
  if (result.outcome === 'wrong-code') return { outcome: 'wrong' };
  if (result.outcome !== 'second-factor-needed') return result;
  return { ...result, person: entry.person, device: entry.device };
}

/** A whole school may have one address: whoever fails there stops strangers, and no device that signed in before. */
export function pausedByAddress(
  { addressWindowSeconds }: Dependencies['limits'],
  at: Date,
): { outcome: 'paused'; until: Date } {
  return { outcome: 'paused', until: new Date(at.getTime() + addressWindowSeconds * 1000) };
}

interface Recognised {
  account: FoundAccount | undefined;
  /** Of the account's epoch, and made before no order that voids it. */
  usable: FoundAccount['password'];
  device: KnownDevice | undefined;
}

/** Two statements, whoever is named. */
async function recognise(from: Dependencies, typed: Typed, at: Date): Promise<Recognised> {
  const { db, digests, orders } = from;
  const account = await findAccountByTypedName(db, digests, typed.username);
  const { clock, person } = await standing(db, { personId: account?.personId, at });
  const inForce = await orders.upTo(clock.version);
  if (!account || !person) return { account: undefined, usable: undefined, device: undefined };
  const isAlive = aliveFor(person, inForce);
  const { password } = account;
  const device = findDevice(typed.devices, {
    digests,
    personId: person.id,
    at,
    lifetimeSeconds: from.lifetimes.knownDeviceSeconds,
  });
  return {
    account,
    usable: password && isAlive('credential', password) ? password : undefined,
    device: device && isAlive('session', device) ? device : undefined,
  };
}

export function aliveFor(person: StandingPerson, inForce: OrdersInForce) {
  return (made: 'credential' | 'session', stamp: { epoch: number; generation: number }): boolean =>
    stamp.epoch === person.epoch &&
    !isCutOff(inForce, subjectOf(person), { made, generation: stamp.generation });
}

async function fail(
  { db, addresses }: Dependencies,
  typed: Typed,
  { account, at }: { account: FoundAccount | undefined; at: Date },
): Promise<{ outcome: 'wrong' }> {
  await addresses.noteFailure(typed.address, 'open');
  const details = { ...detailsOf(typed), factor: 'pwd' };
  const event = { name: 'sign-in.failed', details, ...(account && { subject: account.person }) } as const;
  await record(db, { kind: 'system', name: 'sign-in' }, event, at);
  return { outcome: 'wrong' };
}

function detailsOf({ application, address }: Typed) {
  return { application: application ?? null, address: truncateAddress(address) };
}

/** At today's cost, while the password is at hand. Where the workers are busy, the next sign-in will do. */
async function rehash(
  { db, hasher }: Dependencies,
  given: { person: number; hash: string; password: string },
): Promise<void> {
  if (!needsRehash(given.hash)) return;
  try {
    const to = await hasher.hash(given.password);
    await replaceHash(db, { person: given.person, from: given.hash, to });
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
  }
}
