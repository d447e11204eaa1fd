import { sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';
import type { Profile } from '../storage/schema.ts';
import type { ChangedRow } from './changed-row.ts';

export interface Membership {
  id: number;
  person: number;
  uai: string;
  schoolYear: number;
  classId: number | null;
  classCode: string | null;
  profile: Profile;
  /** The roster's function code: DIR, EDU ...; PP on the class a teacher is the main one of. */
  function: string | null;
  fromAt: Date;
}

/** What a person was at that time. */
export async function membershipsOf(db: Db | Tx, person: number, at: Date): Promise<Membership[]> {
  return selectMemberships(db, sql`m.person = ${person} and ${inForce(at)}`);
}

export async function membershipsOfPersons(
  db: Db | Tx,
  persons: readonly number[],
  at: Date,
): Promise<Membership[]> {
  if (persons.length === 0) return [];
  return selectMemberships(db, sql`m.person = any(${[...persons]}::int[]) and ${inForce(at)}`);
}

export async function classMembers(
  db: Db | Tx,
  given: { classId: number; profile: Profile; at: Date },
): Promise<Membership[]> {
  const { classId, profile, at } = given;
  return selectMemberships(db, sql`m.class_id = ${classId} and m.profile = ${profile} and ${inForce(at)}`);
}

async function selectMemberships(db: Db | Tx, where: ReturnType<typeof sql>): Promise<Membership[]> {
  const { rows } = await sql<Membership>`
    select m.id, m.person, m.uai, m.school_year as "schoolYear", m.class_id as "classId", c.code as "classCode",
           m.profile, m.function, m.from_at as "fromAt"
    from memberships m left join classes c on c.id = m.class_id
    where ${where} order by m.id`.execute(db);
  return rows;
}

function inForce(at: Date) {
  return sql`m.from_at <= ${at} and (m.until_at is null or m.until_at > ${at})`;
}

export interface NewMembership {
  person: number;
  uai: string;
  schoolYear: number;
  classId: number | null;
  profile: Profile;
  function: string | null;
  /** The roster plan that says so. */
  plan?: string | undefined;
}

/** One that is open already stays as it is. Answers the rows that are new. */
export async function openMemberships(
  tx: Tx,
  memberships: readonly NewMembership[],
  at: Date,
): Promise<ChangedRow[]> {
  if (memberships.length === 0) return [];
  const column = <K extends keyof NewMembership>(name: K) =>
    memberships.map((membership) => membership[name]);
  const { rows } = await sql<ChangedRow>`
    insert into memberships (person, uai, school_year, class_id, profile, function, plans, from_at)
    select person, uai, school_year, class_id, profile, function, array_remove(array[plan], null), ${at}::timestamptz
    from unnest(${column('person')}::int[], ${column('uai')}::text[], ${column('schoolYear')}::int[],
                ${column('classId')}::int[], ${column('profile')}::profile[], ${column('function')}::text[],
                ${memberships.map(({ plan }) => plan ?? null)}::uuid[])
      as named (person, uai, school_year, class_id, profile, function, plan)
    on conflict do nothing
    returning id, person`.execute(tx);
  return rows;
}

/** Answers those that were still open. */
export async function closeMemberships(tx: Tx, ids: readonly number[], at: Date): Promise<ChangedRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<ChangedRow>`
    update memberships set until_at = greatest(${at}::timestamptz, from_at)
    where id = any(${[...ids]}::bigint[]) and until_at is null returning id, person`.execute(tx);
  return rows;
}

/** Those of the given persons who belong nowhere any more: their last profile ended. */
export async function withoutMembership(db: Db | Tx, persons: readonly number[]): Promise<number[]> {
  if (persons.length === 0) return [];
  const { rows } = await sql<{ person: number }>`
    select person from unnest(${[...persons]}::int[]) as asked (person)
    where not exists (select from memberships m where m.person = asked.person and m.until_at is null)`.execute(
    db,
  );
  return rows.map(({ person }) => person);
}

export interface Scope {
  academie?: string;
  uai?: string;
  classId?: number;
  profile?: Profile;
}

/** Everybody a scope reaches now; all its parts must hold of one membership. */
export async function personsOfScope(db: Db | Tx, scope: Scope): Promise<number[]> {
  const { academie = null, uai = null, classId = null, profile = null } = scope;
  const { rows } = await sql<{ person: number }>`
    select distinct m.person from memberships m join establishments e on e.uai = m.uai
    where m.until_at is null
      and (${academie}::text is null or e.academie = ${academie})
      and (${uai}::text is null or m.uai = ${uai})
      and (${classId}::int is null or m.class_id = ${classId})
      and (${profile}::profile is null or m.profile = ${profile})
    order by m.person`.execute(db);
  return rows.map(({ person }) => person);
}

/** The same again from now on: what was ended keeps its end. The plan that ended it stands behind it too. */
export async function reopenMemberships(
  tx: Tx,
  ids: readonly number[],
  { plan, at }: { plan: string; at: Date },
): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    insert into memberships (person, uai, school_year, class_id, profile, function, plans, from_at)
    select person, uai, school_year, class_id, profile, function, plans || ${plan}::uuid, ${at}::timestamptz
    from memberships where id = any(${[...ids]}::bigint[]) and until_at is not null
    on conflict do nothing`.execute(tx);
}
