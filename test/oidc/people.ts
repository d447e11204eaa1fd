import type { Digests } from '../../src/crypto/digests.ts';
import type { KeyRing } from '../../src/crypto/key-ring.ts';
import { createPerson } from '../../src/directory/persons.ts';
import type { Db } from '../../src/storage/postgres.ts';
import type { Profile } from '../../src/storage/schema.ts';
import { join } from '../sessions/people.ts';

export interface Person {
  number: number;
  id: string;
  subjectId: string;
}

interface From {
  stores: { db: Db };
  keyRing: KeyRing;
  digests: Digests;
}

const AT = new Date('2026-09-01T00:00:00Z');

/** An active person with a name, and a membership. */
export async function aPerson(
  { stores: { db }, keyRing, digests }: From,
  given: { givenName?: string; profile?: Profile; uai?: string; code?: string } = {},
): Promise<Person> {
  const { givenName = 'Lina', profile = 'pupil', uai = '0750001A', code } = given;
  const fields = { given_name: givenName, family_name: 'Martin' };
  const number = await db
    .transaction()
    .execute((tx) => createPerson(tx, { fields }, { keyRing, digests, at: AT }));
  await db
    .insertInto('accounts')
    .values({ person: number, claimed_at: AT, claimed_by: 'class-window' })
    .execute();
  await db
    .insertInto('account_states')
    .values({ person: number, state: 'active', from_at: AT, until_at: null })
    .execute();
  await join(db, { person: number, profile, uai, code });
  const row = await db
    .selectFrom('persons')
    .select(['id', 'subject_id'])
    .where('number', '=', number)
    .executeTakeFirstOrThrow();
  return { number, id: row.id, subjectId: row.subject_id };
}

export async function guards(db: Db, guardian: Person, child: Person, rank = 1): Promise<void> {
  await db
    .insertInto('guardianships')
    .values({
      guardian: guardian.number,
      child: child.number,
      rank,
      relation: null,
      from_at: AT,
      until_at: null,
    })
    .execute();
}
