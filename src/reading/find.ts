import { normaliseUsername } from '../accounts/username.ts';
import type { Digests } from '../crypto/digests.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import { openFieldsOf, type PersonFields } from '../directory/fields.ts';
import { findPersonByUsername, findPersonsByIne, findPersonsByRosterKeys } from '../directory/persons.ts';
import type { Right } from '../rights/rights.ts';
import type { Db } from '../storage/postgres.ts';
import { academiesOf, personsOfSchool } from './find-store.ts';
import { distanceOf } from './typed-name.ts';

export const MOST_HITS = 10;
/** The kinds of source whose keys people may hold in their hands. */
const SOURCES = ['aaf', 'csv'] as const;

export interface Finding {
  db: Db;
  digests: Digests;
  keyRing: KeyRing;
}

/** By digest of what was typed: a username, a national number, a key of the roster. Opens nothing. */
export async function findByIdentifier(
  { db, digests }: Finding,
  { typed, rights }: { typed: string; rights: readonly Right[] },
): Promise<number[]> {
  const ine = typed.replace(/\s/g, '').toUpperCase();
  const key = typed.trim();
  const academies = await academiesOf(db, rights);
  const keys = academies.flatMap((academie) => SOURCES.map((source) => ({ academie, source, key })));
  const [byUsername, byIne, byKey] = await Promise.all([
    findPersonByUsername(db, digests, normaliseUsername(typed)),
    findPersonsByIne(db, digests, ine),
    findPersonsByRosterKeys(db, digests, keys),
  ]);
  return [...new Set([byUsername, ...byIne, ...byKey])].filter((person) => person !== undefined);
}

export interface Hits {
  persons: number[];
  /** There were more: be more precise. */
  isMore: boolean;
}

/** Within one school, or the classes of it that the right is about: their names are opened in memory, and dropped. */
export async function findByName(
  { db, keyRing }: Finding,
  { right, words, at }: { right: Right; words: readonly string[]; at: Date },
): Promise<Hits> {
  const { scope } = right;
  if (scope.kind !== 'establishment' && scope.kind !== 'classes') return { persons: [], isMore: false };
  const classes = scope.kind === 'classes' ? scope.classes : undefined;
  const persons = await personsOfSchool(db, { uai: scope.uai, classes, at });
  const found: { person: number; distance: number; name: string }[] = [];
  for (const some of inPieces(persons)) {
    const opened = await openFieldsOf(db, keyRing, some, ['given_name', 'family_name']);
    for (const [person, fields] of opened) {
      const name = fullName(fields);
      const distance = distanceOf(words, name);
      if (distance !== undefined) found.push({ person, distance, name });
    }
  }
  found.sort((one, other) => one.distance - other.distance || one.name.localeCompare(other.name, 'fr'));
  return {
    persons: found.slice(0, MOST_HITS).map(({ person }) => person),
    isMore: found.length > MOST_HITS,
  };
}

export function fullName({ given_name, family_name }: PersonFields): string {
  return [given_name, family_name].filter(Boolean).join(' ');
}

const PIECE = 250;

/** Other requests have their turn in between. */
function inPieces(persons: readonly number[]): number[][] {
  const count = Math.ceil(persons.length / PIECE);
  return Array.from({ length: count }, (_, index) => persons.slice(index * PIECE, (index + 1) * PIECE));
}
