import type { Actor } from '../audit/actor.ts';
import type { Config } from '../config.ts';
import { areLinked } from '../rights/rights.ts';
import type { Tx } from '../storage/postgres.ts';
import { type Evidence, findHolders, handsBehind, handsBehindStaff } from './hands-store.ts';

/** What a second proof rests on: who gives it, and which row of the directory lets them. */
export interface Resting {
  letter: string;
  /** Undefined where nobody gives it in person: an electronic half. */
  giver: Actor | undefined;
  evidence: Evidence;
}

/** Whether a second proof comes from the same hands as the letter. Asked inside the transaction that takes it. */
export type InSameHands = (tx: Tx, resting: Resting) => Promise<boolean>;

/**
 * Nobody supplies both proofs (design promise 1). Behind the first stand whoever printed the letter and whoever ticked
 * it as handed over, who held the paper; behind the second stand who gives it and everybody who made, applied or undid
 * a roster plan that brought in what it rests on: the contact a half is sent to, the guardianship, the post at the
 * school. Where one of the first is one of the second, or ever gave them a right, or had one from them, through however
 * many others, they count as one. Nor may the giver have brought in one of the first, or have brought in all alone
 * what lets them give it: a guardianship of one's own making proves nothing. Operators stand outside the school and
 * are told apart by their account on the machine, not by the machine: a container has another name at each start. In the
 * demo and in tests one account prints and opens.
 */
export function createInSameHands({ mode }: Pick<Config, 'mode'>): InSameHands {
  const isOne = async (tx: Tx, one: Actor, other: Actor): Promise<boolean> => {
    if (one.kind === 'person' && other.kind === 'person') return areLinked(tx, one.person, other.person);
    if (one.kind !== 'operator' || other.kind !== 'operator') return false;
    return mode === 'production' && one.osUser === other.osUser;
  };
  return async (tx, { letter, giver, evidence }) => {
    const behind = await handsBehind(tx, evidence);
    if (giver && behind.length > 0 && behind.every((hand) => isSamePerson(hand, giver))) return true;
    const hands = [...(giver ? [giver] : []), ...behind];
    for (const holder of await findHolders(tx, letter)) {
      for (const hand of hands) if (await isOne(tx, holder, hand)) return true;
      if (giver && (await hasBroughtIn(tx, giver, holder))) return true;
    }
    return false;
  };
}

async function hasBroughtIn(tx: Tx, giver: Actor, holder: Actor): Promise<boolean> {
  if (giver.kind !== 'person' || holder.kind !== 'person') return false;
  const behind = await handsBehindStaff(tx, holder.person);
  return behind.some((hand) => isSamePerson(hand, giver));
}

function isSamePerson(one: Actor, other: Actor): boolean {
  return one.kind === 'person' && other.kind === 'person' && one.person === other.person;
}
