import { sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';

export interface Establishment {
  uai: string;
  name: string;
  academie: string;
  kind: string;
  /** Where the school itself is written to; not stated: what is known stays. */
  mail?: string | null;
}

export async function findEstablishment(db: Db | Tx, uai: string): Promise<Establishment | undefined> {
  // It comes from an address; PostgreSQL would refuse a NUL as it does no other name.
  if (uai.includes('\0')) return undefined;
  return db
    .selectFrom('establishments')
    .select(['uai', 'name', 'academie', 'kind'])
    .where('uai', '=', uai)
    .executeTakeFirst();
}

export async function findEstablishments(db: Db | Tx, uais: readonly string[]): Promise<Establishment[]> {
  if (uais.length === 0) return [];
  return db
    .selectFrom('establishments')
    .select(['uai', 'name', 'academie', 'kind', 'mail'])
    .where('uai', 'in', [...uais])
    .orderBy('uai')
    .execute();
}

/**
 * Names and kinds change; the code is the establishment. Of an académie that it leaves it is kept that it was, and until
 * when: `at`, or the transaction's own moment.
 */
export async function saveEstablishments(
  tx: Tx,
  establishments: readonly Establishment[],
  at?: Date,
): Promise<void> {
  const [silent, stated] = [false, true].map((isStated) =>
    establishments.filter(({ mail }) => (mail !== undefined) === isStated),
  );
  await upsert(tx, silent ?? [], { columns: ['name', 'academie', 'kind'], at });
  await upsert(tx, stated ?? [], { columns: ['name', 'academie', 'kind', 'mail'], at });
}

async function upsert(
  tx: Tx,
  establishments: readonly Establishment[],
  { columns, at }: { columns: readonly ('name' | 'academie' | 'kind' | 'mail')[]; at: Date | undefined },
): Promise<void> {
  if (establishments.length === 0) return;
  await tx
    .insertInto('establishments')
    .values(
      establishments.map(({ uai, name, academie, kind, mail }) => ({ uai, name, academie, kind, mail })),
    )
    .onConflict((conflict) =>
      conflict.column('uai').doUpdateSet((eb) => ({
        ...Object.fromEntries(columns.map((column) => [column, eb.ref(`excluded.${column}`)])),
        former_academies: sql`establishments.former_academies || case
            when establishments.academie = excluded.academie then '[]'
            else jsonb_build_array(jsonb_build_object('academie', establishments.academie,
              'untilAt', coalesce(${at ?? null}::timestamptz, now()))) end`,
      })),
    )
    .execute();
}

export interface ClassName {
  uai: string;
  schoolYear: number;
  code: string;
}
export interface SchoolClass extends ClassName {
  id: number;
}

/** Makes those that are missing; answers all of them. */
export async function ensureClasses(tx: Tx, classes: readonly ClassName[]): Promise<SchoolClass[]> {
  if (classes.length === 0) return [];
  await tx
    .insertInto('classes')
    .values(classes.map(({ uai, schoolYear, code }) => ({ uai, school_year: schoolYear, code })))
    .onConflict((conflict) => conflict.columns(['uai', 'school_year', 'code']).doNothing())
    .execute();
  return findClasses(tx, classes);
}

export async function findClasses(db: Db | Tx, classes: readonly ClassName[]): Promise<SchoolClass[]> {
  const { rows } = await sql<SchoolClass>`
    select c.id, c.uai, c.school_year as "schoolYear", c.code from classes c
    join unnest(${classes.map(({ uai }) => uai)}::text[], ${classes.map(({ schoolYear }) => schoolYear)}::int[],
                ${classes.map(({ code }) => code)}::text[]) as wanted (uai, school_year, code)
      on (c.uai, c.school_year, c.code) = (wanted.uai, wanted.school_year, wanted.code)`.execute(db);
  return rows;
}

/** The classes of the newest school year there is, as people list them. */
export async function classesOf(db: Db | Tx, uai: string): Promise<SchoolClass[]> {
  const { rows } = await sql<SchoolClass>`
    select id, uai, school_year as "schoolYear", code from classes
    where uai = ${uai} and school_year = (select max(school_year) from classes where uai = ${uai})
    order by code`.execute(db);
  return rows;
}
