import type { Actor } from '../../audit/actor.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { isDecoy } from '../../directory/decoys.ts';
import { classesOf, findEstablishment } from '../../directory/establishments.ts';
import { openPersonFields } from '../../directory/fields.ts';
import { type Membership, membershipsOf } from '../../directory/memberships.ts';
import type { Authority } from '../../second-factors/act-with-right.ts';
import type { Db } from '../../storage/postgres.ts';
import type { BatchPrinted, PrintBatch } from './print-batch.ts';
import { whoseLetters } from './whose.ts';

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  printBatch: PrintBatch;
  now: () => Date;
}

export interface Asked {
  /** The school that prints. */
  uai: string;
  person: number;
  by: Actor;
  reason?: string | undefined;
  /** Of staff: asked before anything is drawn. */
  authority?: Authority | undefined;
}

export type Reprinted = BatchPrinted | { outcome: 'not-here' } | { outcome: 'nobody' };
export type ReprintLetter = (asked: Asked) => Promise<Reprinted>;

/**
 * One person's letter, printed anew outside a pile. The former is void at once; the new one opens nothing for a day,
 * and the guardians, the person where they are grown up, and those who lead the school are told: a letter nobody asked
 * for is stopped before it works.
 */
export function createReprintLetter({ db, keyRing, printBatch, now }: Dependencies): ReprintLetter {
  return async ({ uai, person, by, reason, authority }) => {
    const establishment = await findEstablishment(db, uai);
    const here = (await membershipsOf(db, person, now())).filter((membership) => membership.uai === uai);
    const [first] = here;
    // Staff get bait (bait.ts); who knows what a decoy is prints it as such.
    const isLeftOut = by.kind !== 'person' && (await isDecoy(db, person));
    const fields = await openPersonFields(db, keyRing, person);
    if (!establishment || !first || isLeftOut || !fields) return { outcome: 'not-here' };
    const classes = await classesOf(db, uai);
    const entry = entryOf(person, here, fields);
    const printed = await printBatch({
      ...{ establishment, by, reason, authority, people: [entry], isAlone: true },
      ...{ profiles: [first.profile], whose: whoseLetters(first.profile) },
      schoolClass: classes.find(({ code }) => code === first.classCode),
    });
    return printed.outcome === 'printed' && printed.letters.length === 0 ? { outcome: 'nobody' } : printed;
  };
}

function entryOf(
  person: number,
  here: readonly Membership[],
  { given_name: givenName = '', family_name: familyName = '' }: { given_name?: string; family_name?: string },
) {
  return {
    ...{ person, givenName, familyName },
    profiles: [...new Set(here.map(({ profile }) => profile))],
    classes: here.flatMap(({ classCode }) => classCode ?? []),
    functions: here.flatMap(({ function: code }) => code ?? []),
  };
}
