import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';

/** A person whom nobody is, made by canaries/ so that looking at them is noticed. Staff are never told which. */
export interface Decoy {
  person: number;
  uai: string;
}

export async function markDecoys(
  tx: Tx,
  given: { persons: readonly number[]; uai: string; at: Date },
): Promise<void> {
  const rows = given.persons.map((person) => ({ person, uai: given.uai, made_at: given.at }));
  if (rows.length > 0) await tx.insertInto('decoys').values(rows).execute();
}

/** Which of these persons are decoys. */
export async function decoysAmong(db: Db | Tx, persons: readonly number[]): Promise<Decoy[]> {
  if (persons.length === 0) return [];
  return db
    .selectFrom('decoys')
    .select(['person', 'uai'])
    .where('person', 'in', [...persons])
    .orderBy('person')
    .execute();
}

export async function isDecoy(db: Db | Tx, person: number): Promise<boolean> {
  return (await decoysAmong(db, [person])).length > 0;
}

/** Those of the given persons who are somebody, in the order given. */
export async function withoutDecoys(db: Db | Tx, persons: readonly number[]): Promise<number[]> {
  const decoys = new Set((await decoysAmong(db, persons)).map(({ person }) => person));
  return persons.filter((person) => !decoys.has(person));
}

/** Neither a decoy nor made up for the sandbox. For other folders' statements: `where ${isSomebody('m.person')}`. */
export function isSomebody(column: string): RawBuilder<boolean> {
  return sql<boolean>`not exists (select from decoys decoy where decoy.person = ${sql.ref(column)})
    and ${isNoPersona(column)}`;
}

/** Where a decoy counts like anybody. */
export function isNoPersona(column: string): RawBuilder<boolean> {
  return sql<boolean>`not exists (select from personas persona where persona.person = ${sql.ref(column)})`;
}

/** How many decoys stand among the people of a school, or of all of them. */
export async function countDecoys(db: Db | Tx, uai?: string): Promise<number> {
  const { rows } = await sql<{ decoys: number }>`
    select count(distinct d.person)::int as decoys from decoys d
    join memberships m on m.person = d.person and m.until_at is null
    where ${uai ?? null}::text is null or d.uai = ${uai ?? null}`.execute(db);
  return rows[0]?.decoys ?? 0;
}

/** A roster came with a key that was drawn for a decoy: the key is the roster's, the decoy keeps none to be found by. */
export async function giveUpKeys(tx: Tx, digests: readonly Buffer[]): Promise<void> {
  await sql`
    update roster_identities i set key_digest = sha256(i.key_digest || gen_random_uuid()::text::bytea)
    from decoys d where d.person = i.person and i.key_digest = any(${[...digests]}::bytea[])`.execute(tx);
}
