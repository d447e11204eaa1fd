import { sql } from 'kysely';
import type { Db, Tx } from '../../storage/postgres.ts';

/** How far a class or a school has come: numbers, so reading them is no reading of people. */
export interface Progress {
  pupils: number;
  /** Without a letter that opens anything. */
  dormant: number;
  printed: number;
  handedOver: number;
  active: number;
}

export interface ClassProgress extends Progress {
  className: string;
}

/** The classes of the newest school year, as people list them. */
export async function progressOfClasses(db: Db | Tx, uai: string, at: Date): Promise<ClassProgress[]> {
  const { rows } = await sql<ClassProgress>`
    select c.code as "className", ${counts}
    from classes c
    left join lateral (
      select distinct m.person from memberships m
      where m.class_id = c.id and m.profile = 'pupil' and m.from_at <= ${at} and (m.until_at is null or m.until_at > ${at})
    ) pupil on true
    ${stateOfPupil(at)}
    where c.uai = ${uai} and c.school_year = (select max(school_year) from classes where uai = ${uai})
    group by c.code order by c.code`.execute(db);
  return rows;
}

export interface SchoolProgress extends Progress {
  uai: string;
  name: string;
  academie: string;
}

export interface WhichSchools {
  /** One académie's, these, or everybody's. */
  academie?: string | undefined;
  uais?: readonly string[] | undefined;
  /** Beginning with it: a code as far as somebody knows it. */
  uaiFrom?: string | undefined;
  after?: string | undefined;
  limit: number;
  at: Date;
}

/** By their code, a page at a time. */
export async function progressOfSchools(db: Db | Tx, which: WhichSchools): Promise<SchoolProgress[]> {
  const { academie = null, uais = null, uaiFrom = '', after = '', limit, at } = which;
  const { rows } = await sql<SchoolProgress>`
    select e.uai, e.name, e.academie, ${counts}
    from (
      select uai, name, academie from establishments
      where (${academie}::text is null or academie = ${academie})
        and (${uais && [...uais]}::text[] is null or uai = any(${uais && [...uais]}::text[]))
        and starts_with(uai, ${uaiFrom}) and uai > ${after}
      order by uai limit ${limit}
    ) e
    left join lateral (
      select distinct m.person from memberships m
      where m.uai = e.uai and m.profile = 'pupil' and m.from_at <= ${at} and (m.until_at is null or m.until_at > ${at})
    ) pupil on true
    ${stateOfPupil(at)}
    group by e.uai, e.name, e.academie order by e.uai`.execute(db);
  return rows;
}

export interface DecoyPupils {
  uai: string;
  className: string;
  decoys: number;
}

/** How many of the pupils counted above are decoys, by school and class: for auditors alone. */
export async function decoysAmongPupils(
  db: Db | Tx,
  { uais, at }: { uais: readonly string[]; at: Date },
): Promise<DecoyPupils[]> {
  if (uais.length === 0) return [];
  const { rows } = await sql<DecoyPupils>`
    select m.uai, c.code as "className", count(distinct d.person)::int as decoys
    from decoys d
    join memberships m on m.person = d.person and m.profile = 'pupil' and m.from_at <= ${at}
      and (m.until_at is null or m.until_at > ${at})
    join classes c on c.id = m.class_id
    where m.uai = any(${[...uais]}::text[])
    group by m.uai, c.code`.execute(db);
  return rows;
}

export type PupilState = 'dormant' | 'printed' | 'handed-over' | 'active';

export interface StateRow {
  person: number;
  id: string;
  state: PupilState;
  isLocked: boolean;
}

export async function statesOf(db: Db | Tx, persons: readonly number[], at: Date): Promise<StateRow[]> {
  const { rows } = await sql<StateRow>`
    select pupil.person, p.id, ${state} as state,
           exists (select from locks k where k.person = pupil.person and k.lifted_at is null and k.from_at <= ${at}
                   and (k.until_at is null or k.until_at > ${at})) as "isLocked"
    from unnest(${[...persons]}::int[]) as pupil (person)
    join persons p on p.number = pupil.person
    ${stateOfPupil(at)}`.execute(db);
  return rows;
}

/** A letter of an older epoch, or past its end, opens nothing: as where codes are accepted. */
function stateOfPupil(at: Date) {
  return sql`
    left join accounts a on a.person = pupil.person
    left join letters l on l.person = pupil.person and l.state in ('printed', 'handed-over')
      and l.expires_at > ${at} and l.epoch = a.epoch`;
}

const state = sql`case when a.claimed then 'active' else coalesce(l.state, 'dormant') end`;

const counts = sql`
  count(pupil.person)::int as pupils,
  count(pupil.person) filter (where not a.claimed and l.state is null)::int as dormant,
  count(pupil.person) filter (where not a.claimed and l.state = 'printed')::int as printed,
  count(pupil.person) filter (where not a.claimed and l.state = 'handed-over')::int as "handedOver",
  count(pupil.person) filter (where a.claimed)::int as active`;
