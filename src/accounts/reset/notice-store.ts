import { sql } from 'kysely';
import type { Db, Tx } from '../../storage/postgres.ts';

/** Each address once, of the person and of guardians with legal responsibility. */
export async function contactsToTell(
  tx: Tx,
  { person, at }: { person: number; at: Date },
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select distinct on (c.person, c.kind, c.digest) c.id from contacts c
    where c.until_at is null and (c.person = ${person}::int or c.person in (
      select g.guardian from guardianships g
      where g.child = ${person}::int and g.rank > 0 and g.from_at <= ${at} and (g.until_at is null or g.until_at > ${at})))
    order by c.person, c.kind, c.digest, c.id`.execute(tx);
  return rows.map(({ id }) => id);
}

export interface ContactToTell {
  /** Whose it is, and under whose key it lies. */
  reader: number;
  kind: 'mail' | 'phone';
  sealed: Buffer;
  school: string | null;
}

/** As it stands now: one that was taken back is not written to. */
export async function findContact(
  db: Db,
  { id, person }: { id: number; person: number },
): Promise<ContactToTell | undefined> {
  const { rows } = await sql<ContactToTell>`
    select c.person as reader, c.kind, c.sealed, (
      select e.name from memberships m join establishments e on e.uai = m.uai
      where m.person = ${person}::int and m.until_at is null order by m.id limit 1) as school
    from contacts c where c.id = ${id}::bigint and c.until_at is null`.execute(db);
  return rows[0];
}
