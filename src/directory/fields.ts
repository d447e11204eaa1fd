import { sql } from 'kysely';
import type { Digests } from '../crypto/digests.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import { type Sealer, sealerOf } from '../crypto/sealed-fields.ts';
import type { Db, Tx } from '../storage/postgres.ts';

export const FIELD_NAMES = ['given_name', 'family_name', 'birth_name', 'birth_date', 'ine'] as const;
export type FieldName = (typeof FIELD_NAMES)[number];
/** What is known now; a field nobody ever stated is not there. */
export type PersonFields = Partial<Record<FieldName, string>>;

/** Undefined: the person was erased, their key dropped. */
export async function openPersonFields(
  db: Db | Tx,
  keyRing: KeyRing,
  person: number,
): Promise<PersonFields | undefined> {
  return (await openFieldsOf(db, keyRing, [person])).get(person);
}

/** Several persons by two statements; the erased are left out. What is not asked for is not opened. */
export async function openFieldsOf(
  db: Db | Tx,
  keyRing: KeyRing,
  persons: readonly number[],
  fields: readonly FieldName[] = FIELD_NAMES,
): Promise<Map<number, PersonFields>> {
  const sealers = await sealersOf(db, keyRing, persons);
  const opened = new Map<number, PersonFields>([...sealers.keys()].map((person) => [person, {}]));
  if (sealers.size === 0) return opened;
  const rows = await db
    .selectFrom('person_fields')
    .select(['person', 'field', 'sealed'])
    .where('person', 'in', [...sealers.keys()])
    .where('field', 'in', [...fields])
    .where('until_at', 'is', null)
    .execute();
  for (const { person, field, sealed } of rows) {
    const name = FIELD_NAMES.find((known) => known === field);
    const into = opened.get(person);
    const sealer = sealers.get(person);
    if (name && into && sealer) into[name] = sealer.open(name, sealed);
  }
  return opened;
}

/** What seals and opens each person's fields, contacts and username. */
export async function sealersOf(
  db: Db | Tx,
  keyRing: KeyRing,
  persons: readonly number[],
): Promise<Map<number, Sealer>> {
  if (persons.length === 0) return new Map();
  const rows = await db
    .selectFrom('person_keys')
    .select(['person', 'data_key', 'wrapped'])
    .where('person', 'in', [...persons])
    .execute();
  return new Map(
    rows.flatMap(({ person, data_key: dataKey, wrapped }) =>
      wrapped
        ? [[person, sealerOf(person, keyRing.openPersonKey({ person, wrapped, dataKey }))] as const]
        : [],
    ),
  );
}

export interface FieldsToSeal {
  sealer: Sealer;
  fields: PersonFields;
}

export interface Sealing {
  digests: Digests;
  at: Date;
}

export async function insertFields(
  tx: Tx,
  people: readonly FieldsToSeal[],
  { digests, at }: Sealing,
): Promise<void> {
  const rows = people.flatMap(({ sealer, fields }) =>
    Object.entries(fields).map(([field, value]) => ({
      person: sealer.person,
      field,
      sealed: sealer.seal(field, value),
      // The one field that people are found by.
      digest: field === 'ine' ? digests.of('ine', value) : null,
      from_at: at,
    })),
  );
  if (rows.length === 0) return;
  await tx
    .insertInto('person_fields')
    .values(rows)
    // The same field twice in one instant: the second word counts.
    .onConflict((conflict) =>
      conflict.columns(['person', 'field', 'from_at']).doUpdateSet({
        sealed: (eb) => eb.ref('excluded.sealed'),
        digest: (eb) => eb.ref('excluded.digest'),
        until_at: null,
      }),
    )
    .execute();
}

export interface FieldsToChange {
  sealer: Sealer;
  /** null: there is none any more. */
  fields: Partial<Record<FieldName, string | null>>;
}

/** What was true until now keeps its row. */
export async function changeFields(
  tx: Tx,
  people: readonly FieldsToChange[],
  sealing: Sealing,
): Promise<void> {
  const changed = people.flatMap(({ sealer, fields }) =>
    Object.keys(fields).map((field) => ({ person: sealer.person, field })),
  );
  if (changed.length === 0) return;
  await sql`
    update person_fields f set until_at = ${sealing.at}
    from unnest(${changed.map(({ person }) => person)}::int[], ${changed.map(({ field }) => field)}::text[])
      as changed (person, field)
    where f.person = changed.person and f.field = changed.field and f.until_at is null`.execute(tx);
  const kept = people.map(({ sealer, fields }) => ({
    sealer,
    fields: Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as PersonFields,
  }));
  await insertFields(tx, kept, sealing);
}
