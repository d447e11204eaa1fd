import { sql } from 'kysely';
import type { Actor } from '../audit/actor.ts';
import type { Membership, Subject } from '../orders/scope.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { RightOrigin } from '../storage/schema.ts';
import type { Right } from './right.ts';
import type { Role } from './roles.ts';
import type { RightScope } from './scope.ts';

type Fragment = ReturnType<typeof sql>;

/** Whom the roster has made head or teacher gets their row here, once; their school year ends it (31 August). */
export async function insertRosterRights(
  db: Db | Tx,
  { person, uai, at }: { person?: number; uai?: string; at: Date },
): Promise<void> {
  await sql`
    insert into rights (person, role, scope_kind, uai, origin, school_year, from_at, until_at)
    select named.person, named.role, named.scope_kind, named.uai, 'roster', named.school_year, named.from_at,
           ${yearsEnd(sql`named.school_year`)}
    from (
      select m.person, m.uai, m.school_year, min(m.from_at) as from_at,
             case m.profile when 'staff' then 'head' else 'teacher' end as role,
             case m.profile when 'staff' then 'establishment' else 'classes' end as scope_kind
      from memberships m
      where ${person === undefined ? sql`m.uai = ${uai}` : sql`m.person = ${person}`} and ${isOpen('m', at)}
        and (m.profile = 'staff' and m.function = 'DIR' or m.profile = 'teacher' and m.class_id is not null)
      group by m.person, m.uai, m.school_year, m.profile
    ) named
    where ${yearsEnd(sql`named.school_year`)} > ${at} and not exists (
      select from rights r where r.origin = 'roster' and r.person = named.person and r.role = named.role
        and r.uai = named.uai and r.school_year = named.school_year)
    on conflict do nothing`.execute(db);
}

export async function selectInForce(db: Db | Tx, person: number, at: Date): Promise<Right[]> {
  const { rows } = await sql<RightRow>`
    select ${columnsOf(at)}
    from rights r
    where r.person = ${person} and ${isInForce('r', at)} and ${isChainWhole(at)} and ${isFresh(at)}
      and ${isHolderActive(at)}
    order by r.from_at, r.id`.execute(db);
  return rows.map(rightOf).filter(({ scope }) => scope.kind !== 'classes' || scope.classes.length > 0);
}

/** To the minute: what reads a page a second writes no row a second. One that has lapsed does not come back by this. */
export async function updateLastUse(db: Db | Tx, right: string, at: Date): Promise<void> {
  await sql`
    update rights r set last_used_at = ${at}
    where r.id = ${right}::uuid and r.ended_at is null and ${isFresh(at)}
      and (r.last_used_at is null or r.last_used_at < ${at}::timestamptz - interval '1 minute')`.execute(db);
}

/** The scopes of the live orders in force that leave nobody a right. */
export async function selectSuspensions(db: Db | Tx, at: Date): Promise<unknown[]> {
  const { rows } = await sql<{ scope: unknown }>`
    select scope from orders
    where measure in ('suspend-rights', 'freeze') and not drill and ended_at is null
      and (starts_at <= created_at or starts_at <= ${at}) and (ends_at is null or ends_at > ${at})`.execute(
    db,
  );
  return rows.map(({ scope }) => scope);
}

/** As orders name people: by what they are now. */
export async function selectSubject(db: Db | Tx, person: number): Promise<Subject> {
  const { rows } = await sql<{ state: Subject['state']; memberships: Membership[] }>`
    select s.state, coalesce((
      select jsonb_agg(jsonb_build_object('profile', m.profile, 'establishment', m.uai, 'academie', e.academie,
        'class', c.code))
      from memberships m join establishments e on e.uai = m.uai left join classes c on c.id = m.class_id
      where m.person = s.person and m.until_at is null), '[]') as memberships
    from account_states s where s.person = ${person} and s.until_at is null`.execute(db);
  return { person, state: rows[0]?.state ?? 'closed', memberships: rows[0]?.memberships ?? [] };
}

/** Whoever gave one of them a right, whoever gave those one, and so on, ever: is the other among them? */
export async function selectAreLinked(db: Db | Tx, one: number, other: number): Promise<boolean> {
  const { rows } = await sql<{ linked: boolean }>`
    with recursive above (of_person, person) as (
      select start, start from unnest(${[one, other]}::int[]) as start
      union
      select above.of_person, giver.person
      from above join rights r on r.person = above.person join (
        select right_id, person from right_givers
        union all
        select right_id, (renewed_by ->> 'person')::int from right_renewals where renewed_by ->> 'kind' = 'person'
      ) giver on giver.right_id = r.id
    )
    select exists (select from above where of_person = ${one} and person = ${other})
        or exists (select from above where of_person = ${other} and person = ${one}) as linked`.execute(db);
  return rows[0]?.linked ?? false;
}

/** Everybody a scope reaches at that time; of a class, who belongs to it, and the pupils' guardians where asked for. */
export async function countInScope(
  db: Db | Tx,
  scope: RightScope,
  { withGuardians, at }: { withGuardians: boolean; at: Date },
): Promise<{ persons: number; pupils: number }> {
  const { rows } = await sql<{ persons: number; pupils: number }>`
    with reached as (
      select m.person, m.profile = 'pupil' as is_pupil
      from memberships m join establishments e on e.uai = m.uai left join classes c on c.id = m.class_id
      where ${isOpen('m', at)}
        ${scope.kind === 'academie' ? sql`and e.academie = ${scope.academie}` : sql``}
        ${'uai' in scope ? sql`and m.uai = ${scope.uai}` : sql``}
        ${scope.kind === 'classes' ? sql`and c.code = any(${[...scope.classes]}::text[])` : sql``})
    select count(distinct person)::int as persons, count(distinct person) filter (where is_pupil)::int as pupils
    from (select person, is_pupil from reached
          ${withGuardians ? sql`union all ${guardiansOf('reached', at)}` : sql``}) everybody`.execute(db);
  return rows[0] ?? { persons: 0, pupils: 0 };
}

function guardiansOf(children: 'reached', at: Date): Fragment {
  return sql`select g.guardian, false from ${sql.table(children)} child join guardianships g on g.child = child.person
    where child.is_pupil and g.from_at <= ${at} and (g.until_at is null or g.until_at > ${at})`;
}

export function columnsOf(at: Date): Fragment {
  return sql`r.id, r.person, r.role, r.scope_kind as "scopeKind", r.academie, r.uai, r.origin,
    case when r.origin = 'roster' and r.role = 'teacher' then (
      select array_agg(distinct c.code order by c.code) from memberships m join classes c on c.id = m.class_id
      where m.person = r.person and m.uai = r.uai and m.school_year = r.school_year and m.profile = 'teacher'
        and ${isOpen('m', at)}) else r.classes end as classes,
    r.granted_by as "grantedBy", r.from_at as "from", r.until_at as "until", r.last_used_at as "lastUsedAt"`;
}

/** By itself, whatever it was granted under: not ended, in its dates, and named by the roster where a school's is. */
export function isInForce(right: 'r' | 'above', at: Date): Fragment {
  const r = sql.raw(right);
  return sql`(${r}.ended_at is null and ${r}.from_at <= ${at} and ${r}.until_at > ${at} and (
    ${r}.uai is null or exists (
      select from memberships m
      where m.person = ${r}.person and m.uai = ${r}.uai and ${isOpen('m', at)}
        and case ${r}.origin when 'roster'
          then m.school_year = ${r}.school_year
            and case ${r}.role when 'head' then m.profile = 'staff' and m.function = 'DIR'
                               else m.profile = 'teacher' and m.class_id is not null end
          else m.profile in ('teacher', 'staff') end)))`;
}

/** What it was granted under, and what that was granted under, are in force. */
export function isChainWhole(at: Date): Fragment {
  return sql`not exists (
    with recursive above as (
      select up.* from rights up where up.id = r.granted_under
      union all
      select up.* from rights up join above on up.id = above.granted_under
    )
    select from above where not ${isInForce('above', at)})`;
}

/**
 * Unused for 90 days it lapses; the days count from when its holder could first use it. An account that was reset and
 * claimed anew brings nothing back that had lapsed.
 */
export function isFresh(at: Date): Fragment {
  return sql`${lapsesAt()} > ${at}`;
}

export function lapsesAt(): Fragment {
  return sql`(greatest(r.from_at, r.last_used_at,
    (select min(claimed.from_at) from account_states claimed
      where claimed.person = r.person and claimed.state = 'active'),
    (select max(renewed_at) from right_renewals where right_id = r.id)) + interval '90 days')`;
}

export function isHolderActive(at: Date): Fragment {
  return sql`exists (
      select from account_states s where s.person = r.person and s.until_at is null and s.state = 'active')
    and not exists (
      select from locks where locks.person = r.person and lifted_at is null and locks.from_at <= ${at}
        and (locks.until_at is null or locks.until_at > ${at}))`;
}

export function isOpen(membership: 'm', at: Date): Fragment {
  const m = sql.raw(membership);
  return sql`(${m}.from_at <= ${at} and (${m}.until_at is null or ${m}.until_at > ${at}))`;
}

export function yearsEnd(schoolYear: Fragment): Fragment {
  return sql`make_timestamptz(${schoolYear} + 1, 9, 1, 0, 0, 0, 'Europe/Paris')`;
}

export interface RightRow {
  id: string;
  person: number;
  role: Role;
  scopeKind: RightScope['kind'];
  academie: string | null;
  uai: string | null;
  classes: string[] | null;
  origin: RightOrigin;
  grantedBy: unknown;
  from: Date;
  until: Date;
  lastUsedAt: Date | null;
}

export function rightOf({ scopeKind, academie, uai, classes, ...row }: RightRow): Right {
  return {
    ...row,
    scope: scopeOf({ scopeKind, academie, uai, classes }),
    grantedBy: (row.grantedBy as Actor | null) ?? undefined,
    lastUsedAt: row.lastUsedAt ?? undefined,
  };
}

function scopeOf(row: Pick<RightRow, 'scopeKind' | 'academie' | 'uai' | 'classes'>): RightScope {
  const { academie, uai, classes } = row;
  if (row.scopeKind === 'academie' && academie !== null) return { kind: 'academie', academie };
  if (row.scopeKind === 'establishment' && uai !== null) return { kind: 'establishment', uai };
  if (row.scopeKind === 'classes' && uai !== null) return { kind: 'classes', uai, classes: classes ?? [] };
  if (row.scopeKind === 'nation') return { kind: 'nation' };
  throw new Error('a right without its scope');
}
