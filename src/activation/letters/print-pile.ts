import type { Actor } from '../../audit/actor.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import type { Authority } from '../../second-factors/act-with-right.ts';
import type { Db } from '../../storage/postgres.ts';
import type { Profile } from '../../storage/schema.ts';
import { findPile, type NoPile, openPile, type WhichPile } from './pile.ts';
import type { BatchPrinted, PrintBatch } from './print-batch.ts';
import { waitsLikeReprint } from './small-pile.ts';
import { countLetters, type LettersToCome } from './store.ts';

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  printBatch: PrintBatch;
  /** Whose accounts some ceremony can claim. */
  profiles: readonly Profile[];
  now: () => Date;
}

export type Asked = WhichPile & { by: Actor; authority: Authority };
export type PilePrinted = BatchPrinted | NoPile | { outcome: 'nobody' };
export type PrintPile = (asked: Asked) => Promise<PilePrinted>;

/** One class or the staff of a school, one pile, one act: what a member of the staff confirms with one code. */
export function createPrintPile(from: Dependencies): PrintPile {
  const { db, keyRing, printBatch, profiles, now } = from;
  return async ({ by, authority, ...which }) => {
    const at = now();
    const found = await findPile(db, { which, profiles, at });
    if (found.outcome !== 'found') return found;
    const { pile, persons } = found;
    const classId = pile.schoolClass?.id;
    const people = await openPile(db, keyRing, { whose: which.whose, classId, persons, at });
    if (people.length === 0) return { outcome: 'nobody' };
    const printed = await printBatch({ ...pile, people, by, authority, reason: undefined });
    return printed.outcome === 'printed' && printed.letters.length === 0 ? { outcome: 'nobody' } : printed;
  };
}

export type Foreseen = ({ outcome: 'foreseen'; waitsADay: boolean } & LettersToCome) | NoPile;
export type ForeseePile = (which: WhichPile) => Promise<Foreseen>;

/** What printing the pile would do now. Numbers alone: no name is opened. */
export function createForeseePile({
  db,
  profiles,
  now,
}: Pick<Dependencies, 'db' | 'profiles' | 'now'>): ForeseePile {
  return async (which) => {
    const at = now();
    const found = await findPile(db, { which, profiles, at });
    if (found.outcome !== 'found') return found;
    const { letters, printed, handedOver } = await countLetters(db, found.persons, at);
    const waitsADay = waitsLikeReprint({ letters, replaced: printed + handedOver });
    return { outcome: 'foreseen', letters, printed, handedOver, waitsADay };
  };
}
