import { activateAccount } from '../accounts/activate-account.ts';
import { isOffered } from '../accounts/offered-phrase.ts';
import type { PasswordHasher } from '../accounts/password-hashing.ts';
import { checkPassword, type PasswordCheck } from '../accounts/password-rules.ts';
import { setPassword } from '../accounts/set-password.ts';
import { generateUsername, normaliseUsername } from '../accounts/username.ts';
import { record } from '../audit/record.ts';
import type { Digests } from '../crypto/digests.ts';
import { addClaimNotices, type FormerReaders } from '../notices/claim-notice.ts';
import type { Tx } from '../storage/postgres.ts';
import { sourceOf } from '../throttling/source.ts';
import type { Judged } from './judged.ts';
import { overtakeRequests } from './requests/store.ts';
import { moveCeremony, overtakeCeremonies, spendLetter } from './store.ts';
import { type FindVisit, type HoldVisit, knownWords, type Visit } from './visit.ts';

export interface Dependencies {
  judged: Judged;
  findVisit: FindVisit;
  holdVisit: HoldVisit;
  digests: Digests;
  hasher: Pick<PasswordHasher, 'hash'>;
  settings: FormerReaders;
  now: () => Date;
}

export type Claimed =
  | { outcome: 'claimed'; username: string }
  | { outcome: 'weak-password'; because: Exclude<PasswordCheck['outcome'], 'accepted'> | 'not-offered' }
  | { outcome: 'ended' };

/** What was typed, or taken from the page with the mark that it was offered there. */
export interface Chosen {
  password: string;
  offer?: string | undefined;
}

export type ClaimOperation = (
  token: string | undefined,
  chosen: string | Chosen,
  address?: string,
) => Promise<Claimed>;

const MOST_DRAWS = 8;

/**
 * The moment an account becomes its owner's. In one transaction: the code is spent, the account is active, the first
 * password set, everything else half-open for this person closed. Either all of it happened or nothing did.
 */
export function createClaim(dependencies: Dependencies): ClaimOperation {
  const { judged, findVisit, holdVisit, hasher, now } = dependencies;
  return async (token, chosen, address) => {
    const { password, offer } = typeof chosen === 'string' ? { password: chosen, offer: undefined } : chosen;
    const visit = await findVisit(token, ['proved']);
    if (!visit || token === undefined) return { outcome: 'ended' };
    if (
      visit.isYoungest &&
      !isOffered(dependencies.digests, visit.ceremony.id, { phrase: password, offer })
    ) {
      return { outcome: 'weak-password', because: 'not-offered' };
    }
    const check = checkPassword(password, knownWords(visit));
    if (check.outcome !== 'accepted') return { outcome: 'weak-password', because: check.outcome };
    const hash = await hasher.hash(password);
    return judged(async (tx, inForce) => {
      const at = now();
      const held = await holdVisit(tx, { token, steps: ['proved'], inForce, at });
      if (!held) return { outcome: 'ended' };
      return claim(tx, dependencies, { visit: held, hash, address, at });
    });
  };
}

async function claim(
  tx: Tx,
  { digests, settings }: Dependencies,
  { visit, hash, address, at }: { visit: Visit; hash: string; address: string | undefined; at: Date },
): Promise<Claimed> {
  const { ceremony, inForce } = visit;
  const { generation } = inForce;
  const { id, person, letter, epoch } = ceremony;
  const spent = await spendLetter(tx, { letter, person, epoch, at });
  if (!spent) return { outcome: 'ended' };
  const from = address === undefined ? {} : sourceOf(digests, address);
  // A letter used before anybody handed it over is one that went astray, or a pile that nobody ticked.
  const used = { name: 'letter.used', subject: person, details: { ...spent, ...from } } as const;
  await record(tx, { kind: 'person', person }, used, at);
  const username = await activate(tx, digests, { visit, at });
  const set = await setPassword(tx, { person, hash, epoch, generation, at });
  const moved = await moveCeremony(tx, { id, from: 'proved', to: 'claimed' });
  // The account and the ceremony are held: nobody can have come between, and nothing is left half done.
  if (set.outcome !== 'set' || !moved) throw new Error('an activation lost what it held');
  await overtakeCeremonies(tx, { person, except: id, at });
  await overtakeRequests(tx, { person, at });
  await addClaimNotices(tx, { person, at }, settings);
  return { outcome: 'claimed', username };
}

/** The one it had before a reset; a drawn one the first time. */
function usernameOf(visit: Visit): string {
  const { usernameSealed } = visit.person;
  if (usernameSealed) return visit.sealer.open('username', usernameSealed);
  return generateUsername(knownWords(visit).givenName);
}

async function activate(
  tx: Tx,
  digests: Digests,
  { visit, at }: { visit: Visit; at: Date },
): Promise<string> {
  const { ceremony, policy, sealer } = visit;
  const { person, epoch } = ceremony;
  for (let draw = 0; draw < MOST_DRAWS; draw += 1) {
    const username = usernameOf(visit);
    const digest = digests.of('username', normaliseUsername(username));
    const named = { sealed: sealer.seal('username', username), digest };
    const done = await activateAccount(tx, { person, epoch, claimedBy: policy.name, username: named, at });
    if (done.outcome === 'activated') return username;
    if (done.outcome === 'not-dormant') throw new Error('an activation lost the account it held');
  }
  throw new Error('no free username was drawn');
}
