import { raiseEpoch } from '../accounts/epoch.ts';
import { isOffered } from '../accounts/offered-phrase.ts';
import type { PasswordHasher } from '../accounts/password-hashing.ts';
import { checkPassword, type PasswordCheck } from '../accounts/password-rules.ts';
import { setPassword } from '../accounts/set-password.ts';
import { type Password, selectPassword } from '../accounts/store.ts';
import { isYoungest } from '../accounts/youngest.ts';
import { record } from '../audit/record.ts';
import type { Settings } from '../config.ts';
import type { Digests } from '../crypto/digests.ts';
import { confirmationCounter, type SignInLimits } from '../login/attempt-limits.ts';
import type { Acr, SignIn } from '../login/interaction.ts';
import type { SignedIn } from '../login/signed-in.ts';
import { addChangeNotices } from '../notices/change-notice.ts';
import { endSessionsOf } from '../sessions/end-session.ts';
import { sessionLimits } from '../sessions/limits.ts';
import type { Tx } from '../storage/postgres.ts';
import { clearAttempts, reserveAttempt, unlessUnavailable } from '../throttling/attempts.ts';
import { type Acting, actAsHolder, type Dependencies as HolderDependencies } from './act-as-holder.ts';
import { holdWithAllGiven } from './all-factors.ts';

export interface Dependencies extends HolderDependencies {
  digests: Digests;
  hasher: Pick<PasswordHasher, 'hash' | 'verify'>;
  limits: SignInLimits;
  lifetimes: Pick<Settings['lifetimes'], 'sessions' | 'knownDeviceSeconds'>;
}

export interface Change {
  signedIn: SignedIn;
  current: string;
  next: string;
  /** That `next` was drawn for this session. */
  offer?: string | undefined;
  /** What an attacker would try first for this person. */
  words: readonly string[];
}

export type PasswordChanged =
  | { outcome: 'changed'; signIn: SignIn & { authTime: number } }
  | { outcome: 'wrong-password' }
  | { outcome: 'same' }
  /** The youngest take words that were drawn for them. */
  | { outcome: 'not-offered' }
  | { outcome: 'paused'; until: Date }
  | { outcome: 'start-again' }
  | Exclude<PasswordCheck, { outcome: 'accepted' }>;

/**
 * Current and new. Everything let in before is ended with it: other sessions, grants, known devices. This browser
 * goes on in a new session, with the acr and the time of the sign-in it came from, and until the same absolute end.
 */
export async function changePassword(from: Dependencies, change: Change): Promise<PasswordChanged> {
  const { db, digests, hasher, limits, now } = from;
  const { signedIn, current, next } = change;
  const { number: person } = signedIn.person;
  const by = { kind: 'person', person } as const;
  const unfit = await whyUnfit(from, change);
  if (unfit) return unfit;
  const counter = confirmationCounter(digests, limits, person);
  const attempt = { ...counter, at: now() };
  const reserved = await reserveAttempt(db, attempt);
  if (reserved.outcome === 'paused') return reserved;
  const password = await selectPassword(db, person);
  const verify = () => hasher.verify(password?.hash, current);
  if (!(await unlessUnavailable(db, attempt, verify)) || !password) {
    await record(db, by, { name: 'password.change-refused', subject: person }, now());
    return { outcome: 'wrong-password' };
  }
  const hash = await unlessUnavailable(db, attempt, () => hasher.hash(next));
  const result = await actAsHolder(from, signedIn, async (tx, acting) => {
    const mayChange = await holdWithAllGiven(tx, signedIn);
    if (!mayChange || !(await isStill(tx, person, password))) return { outcome: 'start-again' } as const;
    await clearAttempts(tx, [counter.key]);
    return replace(tx, { ...acting, hash });
  });
  if (result.outcome !== 'replaced') return { outcome: 'start-again' };
  return { outcome: 'changed', signIn: signInAfter(from, signedIn, result) };
}

async function whyUnfit(
  { db, digests }: Dependencies,
  { signedIn, current, next, offer, words }: Change,
): Promise<Exclude<PasswordChanged, { outcome: 'changed' }> | undefined> {
  // As it is hashed: another keyboard may write the same letters otherwise.
  if (current.normalize('NFC') === next.normalize('NFC')) return { outcome: 'same' };
  const drawn = { phrase: next, offer };
  const mustBeDrawn = await isYoungest(db, signedIn.person);
  if (mustBeDrawn && !isOffered(digests, offeredIn(signedIn), drawn)) return { outcome: 'not-offered' };
  const check = checkPassword(next, { words });
  return check.outcome === 'accepted' ? undefined : check;
}

/** What is drawn on a page counts in its session alone. */
export function offeredIn({ uidDigest }: Pick<SignedIn, 'uidDigest'>): string {
  return uidDigest.toString('hex');
}

async function isStill(tx: Tx, person: number, verified: Password): Promise<boolean> {
  return (await selectPassword(tx, person))?.hash === verified.hash;
}

type Replaced = { outcome: 'replaced'; epoch: number; version: number; generation: number };

async function replace(tx: Tx, { person, inForce, at, hash }: Acting & { hash: string }): Promise<Replaced> {
  const { version, generation } = inForce;
  const epoch = await raiseEpoch(tx, person.number, 'kept');
  await setPassword(tx, { person: person.number, hash, epoch, generation, at });
  const by = { kind: 'person', person: person.number } as const;
  await endSessionsOf(tx, person.number, { by, at, reason: 'password-changed' });
  await record(tx, by, { name: 'password.changed', subject: person.number }, at);
  await addChangeNotices(tx, { person: person.number, told: 'password', at });
  return { outcome: 'replaced', epoch, version, generation };
}

function signInAfter(
  { lifetimes, now }: Dependencies,
  { person, device, acr, amr, authTime, absoluteEnd }: SignedIn,
  { epoch, version, generation }: Replaced,
): SignIn & { authTime: number } {
  const profiles = person.memberships.map(({ profile }) => profile);
  const limits = sessionLimits(profiles, device, lifetimes.sessions);
  const left = Math.max(1, Math.floor((absoluteEnd.getTime() - now().getTime()) / 1000));
  const judgedAt = { version, generation, epoch };
  return {
    person: person.number,
    personId: person.id,
    acr: (acr ?? 'urn:preau:acr:one') as Acr,
    amr,
    limits: { ...limits, absoluteSeconds: Math.min(limits.absoluteSeconds, left) },
    judgedAt,
    authTime,
  };
}
