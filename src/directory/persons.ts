import { sql } from 'kysely';
import type { Digests } from '../crypto/digests.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import { sealerOf } from '../crypto/sealed-fields.ts';
import { randomToken } from '../crypto/tokens.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { giveUpKeys, isSomebody } from './decoys.ts';
import { type FieldName, insertFields } from './fields.ts';

/** Keys are unique within one académie and one kind of source (design D1). */
export interface RosterKey {
  academie: string;
  source: string;
  key: string;
}

export interface NewPerson {
  fields: Partial<Record<FieldName, string>>;
  rosterKey?: RosterKey;
}

/** The number of each, in order. Their accounts are opened by accounts/. */
export async function createPersons(
  tx: Tx,
  people: readonly NewPerson[],
  given: { keyRing: KeyRing; digests: Digests; at: Date },
): Promise<number[]> {
  if (people.length === 0) return [];
  const numbers = await insertPersons(tx, people.length);
  const keys = numbers.map((person) => ({ person, ...given.keyRing.newPersonKey(person) }));
  await tx
    .insertInto('person_keys')
    .values(keys.map(({ person, dataKey, wrapped }) => ({ person, data_key: dataKey, wrapped })))
    .execute();
  const sealed = people.map((who, index) => {
    const key = keys[index];
    if (!key) throw new Error('a person without a key');
    return { ...who, sealer: sealerOf(key.person, key.key) };
  });
  await insertFields(tx, sealed, given);
  const identities = sealed.flatMap(({ rosterKey, sealer }) => (rosterKey ? [{ rosterKey, sealer }] : []));
  if (identities.length > 0) {
    const rows = identities.map(({ rosterKey, sealer }) => ({
      person: sealer.person,
      academie: rosterKey.academie,
      source: rosterKey.source,
      key_digest: rosterKeyDigest(given.digests, rosterKey),
      key_sealed: sealer.seal('roster_key', rosterKey.key),
    }));
    await giveUpKeys(
      tx,
      rows.map(({ key_digest }) => key_digest),
    );
    await tx.insertInto('roster_identities').values(rows).execute();
  }
  return numbers;
}

export async function createPerson(
  tx: Tx,
  person: NewPerson,
  given: { keyRing: KeyRing; digests: Digests; at: Date },
): Promise<number> {
  const [number] = await createPersons(tx, [person], given);
  if (number === undefined) throw new Error('a person was not created');
  return number;
}

async function insertPersons(tx: Tx, count: number): Promise<number[]> {
  const subjects = Array.from({ length: count }, () => ({ subject_id: randomToken() }));
  const rows = await tx.insertInto('persons').values(subjects).returning('number').execute();
  return rows.map(({ number }) => number).sort((a, b) => a - b);
}

export function rosterKeyDigest(digests: Digests, { academie, source, key }: RosterKey): Buffer {
  return digests.of('roster-key', JSON.stringify([academie, source, key]));
}

export async function findPersonByRosterKey(
  db: Db | Tx,
  digests: Digests,
  rosterKey: RosterKey,
): Promise<number | undefined> {
  const [found] = await findPersonsByRosterKeys(db, digests, [rosterKey]);
  return found;
}

/** In the order asked; undefined where nobody has that key. A merged person answers for those merged into them. */
export async function findPersonsByRosterKeys(
  db: Db | Tx,
  digests: Digests,
  keys: readonly RosterKey[],
): Promise<(number | undefined)[]> {
  return findByKeys(db, digests, keys, sql<boolean>`true`);
}

/** For rosters, to which a decoy is nobody: a key that one was given belongs to whoever comes with it. */
export async function findRosterPersons(
  db: Db | Tx,
  digests: Digests,
  keys: readonly RosterKey[],
): Promise<(number | undefined)[]> {
  return findByKeys(db, digests, keys, isSomebody('persons.number'));
}

async function findByKeys(
  db: Db | Tx,
  digests: Digests,
  keys: readonly RosterKey[],
  which: ReturnType<typeof sql<boolean>>,
): Promise<(number | undefined)[]> {
  if (keys.length === 0) return [];
  const wanted = keys.map((key) => rosterKeyDigest(digests, key));
  const rows = await db
    .selectFrom('roster_identities')
    .innerJoin('persons', 'persons.number', 'roster_identities.person')
    .select(['key_digest', (eb) => eb.fn.coalesce('persons.merged_into', 'persons.number').as('person')])
    .where('key_digest', 'in', wanted)
    .where(which)
    .execute();
  const byDigest = new Map(rows.map(({ key_digest, person }) => [key_digest.toString('hex'), person]));
  return wanted.map((digest) => byDigest.get(digest.toString('hex')));
}

/** `username` in its normal form (accounts/username.ts). */
export async function findPersonByUsername(
  db: Db | Tx,
  digests: Digests,
  username: string,
): Promise<number | undefined> {
  const row = await db
    .selectFrom('accounts')
    .select('person')
    .where('username_digest', '=', digests.of('username', username))
    .executeTakeFirst();
  return row?.person;
}

/** Those who bear it today: one pupil known to two académies may be two persons. */
export async function findPersonsByIne(db: Db | Tx, digests: Digests, ine: string): Promise<number[]> {
  const rows = await db
    .selectFrom('person_fields')
    .select('person')
    .where('digest', '=', digests.of('ine', ine))
    .where('field', '=', 'ine')
    .where('until_at', 'is', null)
    .execute();
  return rows.map(({ person }) => person);
}

export interface PersonIds {
  number: number;
  /** The accountId of the protocols. */
  id: string;
  subjectId: string;
}

export async function getPersonIds(db: Db | Tx, person: number): Promise<PersonIds> {
  const row = await db
    .selectFrom('persons')
    .select(['number', 'id', 'subject_id'])
    .where('number', '=', person)
    .executeTakeFirstOrThrow();
  return { number: row.number, id: row.id, subjectId: row.subject_id };
}

export async function findPersonById(db: Db | Tx, id: string): Promise<PersonIds | undefined> {
  const row = await db
    .selectFrom('persons')
    .select(['number', 'id', 'subject_id'])
    .where('id', '=', id)
    .executeTakeFirst();
  return row && { number: row.number, id: row.id, subjectId: row.subject_id };
}
