import { sql } from 'kysely';
import type { Right } from '../rights/rights.ts';
import type { Db } from '../storage/postgres.ts';

/** The académies whose roster keys somebody with these rights may type. */
export async function academiesOf(db: Db, rights: readonly Right[]): Promise<string[]> {
  const isNation = rights.some(({ scope }) => scope.kind === 'nation');
  const named = rights.flatMap(({ scope }) => (scope.kind === 'academie' ? [scope.academie] : []));
  const uais = rights.flatMap(({ scope }) => ('uai' in scope ? [scope.uai] : []));
  const { rows } = await sql<{ academie: string }>`
    select distinct academie from establishments
    where ${isNation}::boolean or academie = any(${named}::text[]) or uai = any(${uais}::text[])`.execute(db);
  return rows.map(({ academie }) => academie);
}

/** Whoever is of the school now; of some classes of it, where they are named. */
export async function personsOfSchool(
  db: Db,
  { uai, classes, at }: { uai: string; classes: readonly string[] | undefined; at: Date },
): Promise<number[]> {
  const { rows } = await sql<{ person: number }>`
    select distinct m.person from memberships m left join classes c on c.id = m.class_id
    where m.uai = ${uai} and m.from_at <= ${at} and (m.until_at is null or m.until_at > ${at})
      and (${classes ? [...classes] : null}::text[] is null or c.code = any(${classes ? [...classes] : null}::text[]))
    order by m.person`.execute(db);
  return rows.map(({ person }) => person);
}
