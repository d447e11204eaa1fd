import { isYoungest } from '../accounts/youngest.ts';
import type { Digests } from '../crypto/digests.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import { type Sealer, sealerOf } from '../crypto/sealed-fields.ts';
import { isCutOff, judge } from '../orders/evaluate.ts';
import type { OrdersInForce } from '../orders/order.ts';
import type { Orders } from '../orders/orders.ts';
import { subjectOf } from '../sessions/judge-standing.ts';
import { type StandingPerson, standing } from '../sessions/standing.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { CeremonyStep } from '../storage/schema.ts';
import type { Ceremony } from './ceremony.ts';
import { findCeremony, holdCeremony, type OpenCeremony } from './store.ts';

/** A browser inside a ceremony: both proofs were given here, and nothing since took that back. */
export interface Visit {
  ceremony: OpenCeremony;
  policy: Ceremony;
  person: StandingPerson;
  sealer: Sealer;
  inForce: OrdersInForce;
  /** Of a primary school, and nothing else: they take five words that are drawn for them. */
  isYoungest: boolean;
}

export interface Dependencies {
  digests: Digests;
  keyRing: KeyRing;
  ceremonies: readonly Ceremony[];
}

interface Asked {
  token: string;
  steps: readonly CeremonyStep[];
  inForce: OrdersInForce;
  at: Date;
}

export type FindVisit = (
  token: string | undefined,
  steps: readonly CeremonyStep[],
) => Promise<Visit | undefined>;

/** For a page: what acts holds the visit instead. */
export function createFindVisit(
  dependencies: Dependencies & { db: Db; orders: Pick<Orders, 'inForce'>; now: () => Date },
): FindVisit {
  const { db, orders, digests, now } = dependencies;
  return async (token, steps) => {
    if (token === undefined) return undefined;
    const at = now();
    const found = await findCeremony(db, { tokenDigest: digests.of('ceremony', token), at });
    if (!found || !steps.includes(found.step)) return undefined;
    return judgeVisit(db, dependencies, { found, inForce: await orders.inForce(), at });
  };
}

export type HoldVisit = (tx: Tx, asked: Asked) => Promise<Visit | undefined>;

/** The account and the ceremony are ours until the transaction ends: whoever else tries comes after. */
export function createHoldVisit(dependencies: Dependencies): HoldVisit {
  return async (tx, { token, steps, inForce, at }) => {
    const tokenDigest = dependencies.digests.of('ceremony', token);
    const found = await holdCeremony(tx, { tokenDigest, steps, at });
    return found && judgeVisit(tx, dependencies, { found, inForce, at });
  };
}

async function judgeVisit(
  db: Db | Tx,
  { keyRing, ceremonies }: Dependencies,
  given: { found: OpenCeremony; inForce: OrdersInForce; at: Date },
): Promise<Visit | undefined> {
  const { found, inForce, at } = given;
  const { person } = await standing(db, { person: found.person, at });
  const policy = ceremonies.find(({ name }) => name === found.ceremony);
  if (!policy || !person?.key || !mayGoOn(found, person, inForce)) return undefined;
  const sealer = sealerOf(person.number, keyRing.openPersonKey({ person: person.number, ...person.key }));
  return { ceremony: found, policy, person, sealer, inForce, isYoungest: await isYoungest(db, person) };
}

/** A freeze, a lock or a cut-off order between two steps ends it here, as it ends everything half-open (design D4). */
function mayGoOn(found: OpenCeremony, person: StandingPerson, inForce: OrdersInForce): boolean {
  const subject = subjectOf(person);
  const { generation } = found;
  if (person.state !== (found.step === 'proved' ? 'dormant' : 'active')) return false;
  if (person.isLocked || person.epoch !== found.epoch) return false;
  if (judge(inForce, subject).enforced.includes('freeze')) return false;
  return !(['code', 'session', 'credential'] as const).some((made) =>
    isCutOff(inForce, subject, { made, generation }),
  );
}

/** Given name, and what else an attacker would try first as this person's password. */
export function knownWords({ person, sealer }: Visit): { givenName: string; words: string[] } {
  const open = (wanted: string) => {
    const row = person.fields.find(({ field }) => field === wanted);
    return row ? sealer.open(wanted, row.sealed) : '';
  };
  const givenName = open('given_name');
  const schools = person.memberships.map(({ establishmentName }) => establishmentName);
  return {
    givenName,
    words: [givenName, open('family_name'), open('birth_name'), ...schools].filter(Boolean),
  };
}

export function usernameOf({ person, sealer }: Visit): string {
  return person.usernameSealed ? sealer.open('username', person.usernameSealed) : '';
}

/**
 * Staff must have a second factor, with them who is in no roster (an officer), and whom an order asks for one; pupils
 * and guardians may have no telephone.
 */
export function mustEnrol({ person, inForce }: Visit): boolean {
  const { memberships } = person;
  const isStaff =
    memberships.length === 0 ||
    memberships.some(({ profile }) => profile === 'teacher' || profile === 'staff');
  return isStaff || judge(inForce, subjectOf(person)).enforced.includes('require-second-factor');
}
