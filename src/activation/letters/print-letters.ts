import type { Actor } from '../../audit/actor.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { withoutDecoys } from '../../directory/decoys.ts';
import {
  classesOf,
  type Establishment,
  findEstablishment,
  type SchoolClass,
} from '../../directory/establishments.ts';
import { type DirectoryEntry, openEstablishment } from '../../directory/open-establishment.ts';
import type { Db } from '../../storage/postgres.ts';
import type { Profile } from '../../storage/schema.ts';
import type { PrintBatch } from './print-batch.ts';
import type { PrintedLetter } from './printed-letter.ts';
import { type Whose, whoseLetters } from './whose.ts';

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  printBatch: PrintBatch;
  /** Whose accounts some ceremony can claim. */
  profiles: readonly Profile[];
  now: () => Date;
}

export interface Asked {
  uai: string;
  className?: string | undefined;
  /** Pupils, unless said: their letters lie by class; everybody else's in a pile of the school. */
  profile?: Profile | undefined;
  by: Actor;
  reason?: string | undefined;
}

export type Printing =
  | { outcome: 'printing'; total: number; letters: AsyncGenerator<PrintedLetter> }
  | { outcome: 'unknown-school' }
  | { outcome: 'unknown-class' }
  | { outcome: 'nobody' };

export type PrintLetters = (asked: Asked) => Promise<Printing>;

const MOST_IN_A_BATCH = 500;

/**
 * A batch per class. Codes are drawn as the letters are asked for, one batch ahead of the paper: whoever stops
 * listening leaves the rest of the school as it was. `total` counts people; only the dormant get a letter. Where a whole
 * school's pupils do, its decoys are left no letter and all the traces of one: the class that had none would be known.
 */
export function createPrintLetters(dependencies: Dependencies): PrintLetters {
  const { db, now } = dependencies;
  return async (asked) => {
    const establishment = await findEstablishment(db, asked.uai);
    if (!establishment) return { outcome: 'unknown-school' };
    const classes = await classesOf(db, asked.uai);
    const wanted = classes.find(({ code }) => code === asked.className);
    if (asked.className !== undefined && !wanted) return { outcome: 'unknown-class' };
    const { uai, profile = 'pupil' } = asked;
    const piles = await sortIntoPiles(dependencies, { uai, profile, classes, wanted, at: now() });
    const total = piles.reduce((sum, { people, isOnPaper }) => sum + (isOnPaper ? people.length : 0), 0);
    if (total === 0) return { outcome: 'nobody' };
    return {
      outcome: 'printing',
      total,
      letters: print(dependencies, { piles, establishment, by: asked.by, reason: asked.reason }),
    };
  };
}

async function* print(
  { printBatch }: Dependencies,
  {
    piles,
    ...given
  }: { piles: readonly Sorted[]; establishment: Establishment; by: Actor; reason: string | undefined },
): AsyncGenerator<PrintedLetter> {
  for (const pile of piles) {
    const printed = await printBatch({ ...pile, ...given });
    // Operators print by no right that could be missing.
    if (printed.outcome !== 'printed')
      throw new Error(`a printing without authority answered ${printed.outcome}`);
    if (pile.isOnPaper) yield* printed.letters;
  }
}

interface Sorted {
  whose: Whose;
  profiles: Profile[];
  schoolClass: SchoolClass | undefined;
  /** False: of decoys. */
  isOnPaper: boolean;
  people: DirectoryEntry[];
}

/** By class, by name: as they are handed out. Who is in two classes gets one letter, with the first. */
async function sortIntoPiles(
  { db, keyRing, profiles }: Pick<Dependencies, 'db' | 'keyRing' | 'profiles'>,
  given: {
    uai: string;
    profile?: Profile;
    classes: readonly SchoolClass[];
    wanted: SchoolClass | undefined;
    at: Date;
  },
): Promise<Sorted[]> {
  const { uai, profile = 'pupil', wanted, at } = given;
  if (!profiles.includes(profile)) return [];
  const scope = { uai, ...(wanted && { classId: wanted.id }) };
  const entries = await openEstablishment(db, keyRing, { scope, at });
  const persons = new Set(
    await withoutDecoys(
      db,
      entries.map(({ person }) => person),
    ),
  );
  const claimable = Map.groupBy(
    entries.filter((entry) => entry.profiles.includes(profile)),
    ({ person }) => persons.has(person),
  );
  const all = profile === 'pupil' ? given.classes : [];
  const classes = wanted ? [wanted] : all;
  const as = { profiles: [profile], whose: whoseLetters(profile) };
  const decoys = profile === 'pupil' && !wanted ? claimable.get(false) : [];
  return [
    ...byClass(claimable.get(true), classes, { ...as, isOnPaper: true }),
    ...byClass(decoys, classes, { ...as, isOnPaper: false }),
  ];
}

function byClass(
  people: readonly DirectoryEntry[] = [],
  classes: readonly SchoolClass[],
  as: Omit<Sorted, 'people' | 'schoolClass'>,
): Sorted[] {
  const sorted = Map.groupBy(people, (entry) => classes.find(({ code }) => entry.classes.includes(code)));
  return [...classes, undefined].flatMap((schoolClass) =>
    inBatches(sorted.get(schoolClass) ?? [], { ...as, schoolClass }),
  );
}

function inBatches(people: readonly DirectoryEntry[], as: Omit<Sorted, 'people'>): Sorted[] {
  const count = Math.ceil(people.length / MOST_IN_A_BATCH);
  return Array.from({ length: count }, (_, index) => ({
    ...as,
    people: people.slice(index * MOST_IN_A_BATCH, (index + 1) * MOST_IN_A_BATCH),
  }));
}
