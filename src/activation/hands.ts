import type { Actor } from '../audit/actor.ts';
import type { Config } from '../config.ts';
import { areLinked } from '../rights/rights.ts';
import type { Tx } from '../storage/postgres.ts';
import { findPrinter } from './store.ts';

/** Whether a second proof comes from the same hands as the letter. Asked inside the transaction that takes it. */
export type InSameHands = (tx: Tx, given: { letter: string; giver: Actor }) => Promise<boolean>;

/**
 * Nobody supplies both proofs (design promise 1): whoever printed a letter gives no second proof for it, nor does
 * anybody who ever gave the printer a right, or had one from the printer, through however many others. Operators stand
 * outside the school and are told apart by their account on the machine; in the demo and in tests one account prints
 * and opens.
 */
export function createInSameHands({ mode }: Pick<Config, 'mode'>): InSameHands {
  return async (tx, { letter, giver }) => {
    const printer = await findPrinter(tx, letter);
    if (giver.kind === 'person') {
      return printer.kind === 'person' && (await areLinked(tx, printer.person, giver.person));
    }
    if (giver.kind !== 'operator' || printer.kind !== 'operator') return false;
    return mode === 'production' && printer.osUser === giver.osUser && printer.host === giver.host;
  };
}
