import { sql } from 'kysely';
import type { KeyRing } from '../crypto/key-ring.ts';
import { isSomebody } from '../directory/decoys.ts';
import { sealersOf } from '../directory/fields.ts';
import type { RosterKey } from '../directory/persons.ts';
import type { Db, Tx } from '../storage/postgres.ts';

/** Two that make decoys for one school do it one after the other. */
export async function holdSchool(tx: Tx, uai: string): Promise<void> {
  await tx.selectFrom('establishments').select('uai').where('uai', '=', uai).forUpdate().execute();
}

export interface RealPupil {
  person: number;
  classCode: string;
  schoolYear: number;
  fromAt: Date;
}

/** Everybody who is a pupil in a class of this school year. */
export async function selectPupils(tx: Tx, uai: string): Promise<RealPupil[]> {
  const { rows } = await sql<RealPupil>`
    select m.person, c.code as "classCode", m.school_year as "schoolYear", m.from_at as "fromAt"
    from memberships m join classes c on c.id = m.class_id
    where m.uai = ${uai} and m.profile = 'pupil' and m.until_at is null and ${isSomebody('m.person')}
      and m.school_year = (select max(school_year) from memberships
                           where uai = ${uai} and profile = 'pupil' and until_at is null)
    order by m.person, m.id`.execute(tx);
  return rows;
}

export interface RealGuardian {
  guardian: number;
  child: number;
  rank: number;
  relation: string | null;
  fromAt: Date;
  /** Of their membership of the school; null: they have none. */
  memberFromAt: Date | null;
}

export async function selectGuardians(
  tx: Tx,
  given: { uai: string; children: readonly number[] },
): Promise<RealGuardian[]> {
  const { rows } = await sql<RealGuardian>`
    select g.guardian, g.child, g.rank, g.relation, g.from_at as "fromAt", (
      select min(m.from_at) from memberships m
      where m.person = g.guardian and m.uai = ${given.uai} and m.profile = 'guardian' and m.until_at is null
    ) as "memberFromAt"
    from guardianships g
    where g.until_at is null and g.child = any(${[...given.children]}::int[])
    order by g.child, g.rank = 0, g.rank, g.id`.execute(tx);
  return rows;
}

/** The keys rosters know these persons by, opened. */
export async function openRosterKeys(
  tx: Tx,
  keyRing: KeyRing,
  persons: readonly number[],
): Promise<Map<number, RosterKey>> {
  const sealers = await sealersOf(tx, keyRing, persons);
  const rows = await tx
    .selectFrom('roster_identities')
    .select(['person', 'academie', 'source', 'key_sealed'])
    .where('person', 'in', [...sealers.keys(), 0])
    .execute();
  return new Map(
    rows.flatMap(({ person, academie, source, key_sealed: sealed }) => {
      const key = sealers.get(person)?.open('roster_key', sealed);
      return key === undefined ? [] : [[person, { academie, source, key }] as const];
    }),
  );
}

/** Some pupils of other schools, those of the same académie first: their names are of the same country. */
export async function selectPupilsElsewhere(tx: Tx, uai: string, limit: number): Promise<number[]> {
  const { rows } = await sql<{ person: number }>`
    select person from (
      select distinct m.person, e.academie = (select academie from establishments where uai = ${uai}) as is_near
      from memberships m join establishments e on e.uai = m.uai
      where m.uai <> ${uai} and m.profile = 'pupil' and m.until_at is null and ${isSomebody('m.person')}
      limit ${limit * 4}) pupils
    order by is_near desc, md5(person::text) limit ${limit}`.execute(tx);
  return rows.map(({ person }) => person);
}

/** The decoys whose school year is over leave as a class does. Answers how many. */
export async function endFormerDecoys(
  tx: Tx,
  given: { uai: string; schoolYear: number; at: Date },
): Promise<number[]> {
  const { uai, schoolYear, at } = given;
  const { rows } = await sql<{ person: number }>`
    update memberships m set until_at = greatest(${at}::timestamptz, m.from_at)
    from decoys d
    where d.person = m.person and d.uai = ${uai} and m.until_at is null and m.school_year < ${schoolYear}
    returning m.person`.execute(tx);
  return [...new Set(rows.map(({ person }) => person))];
}

export interface DecoysOfSchool {
  uai: string;
  name: string;
  academie: string;
  classes: string[];
  pupils: number;
  guardians: number;
  madeAt: Date | null;
  baits: number;
  baitUses: number;
  sightings: number;
}

/** Every school, with what it has of decoys and bait: numbers and class codes, no person. */
export async function selectSchools(db: Db | Tx, uai?: string): Promise<DecoysOfSchool[]> {
  const { rows } = await sql<DecoysOfSchool>`
    select e.uai, e.name, e.academie, decoys.*, bait.*,
           (select count(*)::int from decoy_sightings s where s.uai = e.uai) as sightings
    from establishments e
    cross join lateral (
      select coalesce(array_agg(distinct c.code) filter (where c.code is not null), '{}') as classes,
             count(distinct d.person) filter (where m.profile = 'pupil')::int as pupils,
             count(distinct d.person) filter (where m.profile = 'guardian')::int as guardians,
             max(d.made_at) as "madeAt"
      from decoys d
      join memberships m on m.person = d.person and m.until_at is null
      left join classes c on c.id = m.class_id
      where d.uai = e.uai) decoys
    cross join lateral (
      select count(*)::int as baits, coalesce(sum(uses), 0)::int as "baitUses"
      from bait_letters b where b.uai = e.uai) bait
    where ${uai ?? null}::text is null or e.uai = ${uai ?? null}
    order by e.uai`.execute(db);
  return rows;
}

export interface DecoyPupil {
  person: number;
  classCode: string;
}

/** The decoy pupils of a school now, in the class they stand in. */
export async function selectDecoyPupils(db: Db | Tx, uai: string): Promise<DecoyPupil[]> {
  const { rows } = await sql<DecoyPupil>`
    select d.person, c.code as "classCode"
    from decoys d
    join memberships m on m.person = d.person and m.profile = 'pupil' and m.until_at is null
    join classes c on c.id = m.class_id
    where d.uai = ${uai} order by d.person`.execute(db);
  return rows;
}
