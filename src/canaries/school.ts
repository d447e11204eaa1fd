import type { KeyRing } from '../crypto/key-ring.ts';
import { type Contact, openContactsOf } from '../directory/contacts.ts';
import { openFieldsOf, type PersonFields } from '../directory/fields.ts';
import type { RosterKey } from '../directory/persons.ts';
import type { Tx } from '../storage/postgres.ts';
import {
  openRosterKeys,
  type RealGuardian,
  type RealPupil,
  selectGuardians,
  selectPupils,
  selectPupilsElsewhere,
} from './store.ts';

/** One school, opened in memory, as decoys are to look like it. */
export interface School {
  uai: string;
  schoolYear: number;
  pupils: readonly Pupil[];
  /** Names of pupils of other schools. */
  elsewhere: { givenNames: readonly string[]; familyNames: readonly string[] };
}

export interface Pupil extends RealPupil, Person {
  guardians: readonly (RealGuardian & Person)[];
}

export interface Person {
  fields: PersonFields;
  rosterKey: RosterKey | undefined;
  contacts: readonly Contact[];
}

const NAMES_FROM_ELSEWHERE = 1500;

export async function openSchool(tx: Tx, keyRing: KeyRing, uai: string): Promise<School | undefined> {
  const pupils = await selectPupils(tx, uai);
  const [first] = pupils;
  if (!first) return undefined;
  const guardians = await selectGuardians(tx, { uai, children: pupils.map(({ person }) => person) });
  const opened = await openPeople(tx, keyRing, [
    ...pupils.map(({ person }) => person),
    ...guardians.map(({ guardian }) => guardian),
  ]);
  const byChild = Map.groupBy(guardians, ({ child }) => child);
  const elsewhere = await selectPupilsElsewhere(tx, uai, NAMES_FROM_ELSEWHERE);
  const others = await openFieldsOf(tx, keyRing, elsewhere, ['given_name', 'family_name']);
  const names = (field: 'given_name' | 'family_name') =>
    [...others.values()].flatMap(({ [field]: name }) => name ?? []);
  return {
    uai,
    schoolYear: first.schoolYear,
    pupils: pupils.flatMap((pupil) => {
      const person = opened(pupil.person);
      const theirs = (byChild.get(pupil.person) ?? []).flatMap((guardian) => {
        const known = opened(guardian.guardian);
        return known ? [{ ...guardian, ...known }] : [];
      });
      return person ? [{ ...pupil, ...person, guardians: theirs }] : [];
    }),
    elsewhere: { givenNames: names('given_name'), familyNames: names('family_name') },
  };
}

const BATCH = 1000;

async function openPeople(
  tx: Tx,
  keyRing: KeyRing,
  persons: readonly number[],
): Promise<(person: number) => Person | undefined> {
  const wanted = [...new Set(persons)];
  const known = new Map<number, Person>();
  for (let start = 0; start < wanted.length; start += BATCH) {
    const batch = wanted.slice(start, start + BATCH);
    const fields = await openFieldsOf(tx, keyRing, batch);
    const keys = await openRosterKeys(tx, keyRing, batch);
    const contacts = Map.groupBy(await openContactsOf(tx, keyRing, batch), ({ person }) => person);
    for (const [person, theirs] of fields) {
      known.set(person, {
        fields: theirs,
        rosterKey: keys.get(person),
        contacts: contacts.get(person) ?? [],
      });
    }
  }
  return (person) => known.get(person);
}
