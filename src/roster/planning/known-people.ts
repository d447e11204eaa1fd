import type { Digests } from '../../crypto/digests.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { type Contact, openContactsOf } from '../../directory/contacts.ts';
import { openFieldsOf, type PersonFields } from '../../directory/fields.ts';
import { type Guardianship, guardianshipsOfGuardians } from '../../directory/guardianships.ts';
import { type Membership, membershipsOfPersons } from '../../directory/memberships.ts';
import { findRosterPersons, type RosterKey } from '../../directory/persons.ts';
import type { Db } from '../../storage/postgres.ts';

/** One person as the directory has them now. */
export interface KnownPerson {
  person: number;
  /** Undefined: erased; nobody can say what is the same. */
  fields: PersonFields | undefined;
  memberships: Membership[];
  contacts: Contact[];
  guardianships: Guardianship[];
}

export interface Directory {
  db: Db;
  keyRing: KeyRing;
  digests: Digests;
  now: () => Date;
}

/** In the order of the keys; undefined for people who are new. */
export async function findKnownPeople(
  { db, keyRing, digests, now }: Directory,
  keys: readonly RosterKey[],
): Promise<(KnownPerson | undefined)[]> {
  const numbers = await findRosterPersons(db, digests, keys);
  const persons = [...new Set(numbers.filter((number) => number !== undefined))];
  const at = now();
  const fields = await openFieldsOf(db, keyRing, persons);
  const memberships = Map.groupBy(await membershipsOfPersons(db, persons, at), ({ person }) => person);
  const contacts = Map.groupBy(await openContactsOf(db, keyRing, persons), ({ person }) => person);
  const guardianships = Map.groupBy(
    await guardianshipsOfGuardians(db, persons, at),
    ({ guardian }) => guardian,
  );
  return numbers.map((person) =>
    person === undefined
      ? undefined
      : {
          person,
          fields: fields.get(person),
          memberships: memberships.get(person) ?? [],
          contacts: contacts.get(person) ?? [],
          guardianships: guardianships.get(person) ?? [],
        },
  );
}
