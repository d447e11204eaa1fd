import type { KeyRing } from '../crypto/key-ring.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { Profile } from '../storage/schema.ts';
import { openFieldsOf } from './fields.ts';
import { membershipsOfPersons, personsOfScope, type Scope } from './memberships.ts';

export interface NamedPerson {
  person: number;
  givenName: string;
  familyName: string;
}

export interface DirectoryEntry extends NamedPerson {
  profiles: Profile[];
  classes: string[];
  functions: string[];
}

const BATCH = 500;

/**
 * The people of one establishment (or class, or profile in it), opened in memory and sorted by name: what is sealed
 * cannot be sorted or searched by the database. Reading is the caller's to record in the ledger.
 */
export async function openEstablishment(
  db: Db | Tx,
  keyRing: KeyRing,
  given: { scope: Scope & { uai: string }; at: Date },
): Promise<DirectoryEntry[]> {
  const persons = await personsOfScope(db, given.scope);
  const entries: DirectoryEntry[] = [];
  for (let start = 0; start < persons.length; start += BATCH) {
    entries.push(
      ...(await openBatch(db, keyRing, { ...given, persons: persons.slice(start, start + BATCH) })),
    );
  }
  return sortedByName(entries);
}

/** The same order, of persons found otherwise: their names alone. */
export async function openSorted(
  db: Db | Tx,
  keyRing: KeyRing,
  persons: readonly number[],
): Promise<NamedPerson[]> {
  const people: NamedPerson[] = [];
  for (let start = 0; start < persons.length; start += BATCH) {
    const fields = await openFieldsOf(db, keyRing, persons.slice(start, start + BATCH));
    people.push(...[...fields].map(([person, known]) => named(person, known)));
  }
  return sortedByName(people);
}

function named(
  person: number,
  { given_name: givenName = '', family_name: familyName = '' }: { given_name?: string; family_name?: string },
): NamedPerson {
  return { person, givenName, familyName };
}

function sortedByName<P extends NamedPerson>(people: readonly P[]): P[] {
  const collator = new Intl.Collator('fr');
  return [...people].sort(
    (a, b) => collator.compare(a.familyName, b.familyName) || collator.compare(a.givenName, b.givenName),
  );
}

async function openBatch(
  db: Db | Tx,
  keyRing: KeyRing,
  given: { persons: readonly number[]; scope: { uai: string }; at: Date },
): Promise<DirectoryEntry[]> {
  const { persons, scope, at } = given;
  const fields = await openFieldsOf(db, keyRing, persons);
  const here = (await membershipsOfPersons(db, persons, at)).filter(({ uai }) => uai === scope.uai);
  const byPerson = Map.groupBy(here, ({ person }) => person);
  return [...fields].map(([person, known]) => {
    const memberships = byPerson.get(person) ?? [];
    return {
      ...named(person, known),
      profiles: [...new Set(memberships.map(({ profile }) => profile))],
      classes: [...new Set(memberships.flatMap(({ classCode }) => classCode ?? []))].sort(),
      functions: [...new Set(memberships.flatMap(({ function: code }) => code ?? []))],
    };
  });
}
