import { sql } from 'kysely';
import type { Actor } from '../audit/actor.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { Right } from './right.ts';
import type { Role } from './roles.ts';
import type { RightScope } from './scope.ts';
import {
  columnsOf,
  isChainWhole,
  isFresh,
  isInForce,
  isOpen,
  type RightRow,
  rightOf,
  yearsEnd,
} from './store.ts';

/** Held by whoever gives by it, one after the other: nobody ends it meanwhile. False: it has ended. */
export async function holdToGive(tx: Tx, id: string): Promise<boolean> {
  const { rows } = await sql`
    select id from rights where id = ${id}::uuid and ended_at is null for no key update`.execute(tx);
  return rows.length === 1;
}

/** Held by whoever has a say by it, until their transaction ends: nobody ends it meanwhile. False: it has ended. */
export async function holdRight(tx: Tx, id: string): Promise<boolean> {
  const { rows } = await sql`
    select id from rights where id = ${id}::uuid and ended_at is null for share`.execute(tx);
  return rows.length === 1;
}

/** Held by whoever changes it. False: it has ended. */
export async function holdToEnd(tx: Tx, id: string): Promise<boolean> {
  const { rows } = await sql`
    select id from rights where id = ${id}::uuid and ended_at is null for update`.execute(tx);
  return rows.length === 1;
}

/** Not ended; in force or not. */
export async function findRight(tx: Tx, id: string, at: Date): Promise<Right | undefined> {
  const { rows } = await sql<RightRow>`
    select ${columnsOf(at)} from rights r where r.id = ${id}::uuid and r.ended_at is null`.execute(tx);
  return rows[0] && rightOf(rows[0]);
}

/** Active, not locked, and of the staff of that school now. */
export async function isNamedBySchool(
  tx: Db | Tx,
  { person, uai, at }: { person: number; uai: string; at: Date },
): Promise<boolean> {
  const { rows } = await sql`
    select from account_states s
    where s.person = ${person} and s.until_at is null and s.state = 'active'
      and not exists (select from locks where locks.person = s.person and lifted_at is null and from_at <= ${at}
        and (until_at is null or until_at > ${at}))
      and exists (select from memberships m where m.person = s.person and m.uai = ${uai}
        and m.profile in ('teacher', 'staff') and ${isOpen('m', at)})`.execute(tx);
  return rows.length === 1;
}

/** Those that have somebody in them now. */
export async function knownClasses(
  tx: Tx,
  { uai, classes, at }: { uai: string; classes: readonly string[]; at: Date },
): Promise<string[]> {
  const { rows } = await sql<{ code: string }>`
    select distinct c.code from classes c join memberships m on m.class_id = c.id
    where c.uai = ${uai} and c.code = any(${[...classes]}::text[]) and ${isOpen('m', at)}`.execute(tx);
  return rows.map(({ code }) => code);
}

/** 31 August at midnight, of the school year of that moment; in August already of the next. */
export async function yearsEndOf(db: Db | Tx, at: Date): Promise<Date> {
  const { rows } = await sql<{ end: Date }>`
    select ${yearsEnd(sql`(extract(year from ${at}::timestamptz at time zone 'Europe/Paris')::int
      - case when extract(month from ${at}::timestamptz at time zone 'Europe/Paris') < 8 then 1 else 0 end)`)} as end`.execute(
    db,
  );
  const [row] = rows;
  if (!row) throw new Error('no end of the school year');
  return row.end;
}

export interface NewRight {
  person: number;
  role: Role;
  scope: RightScope;
  origin: 'granted' | 'appointed';
  by: Actor;
  /** The persons whose word gives it; without it, `by` where that is a person. */
  givers?: readonly number[];
  under?: string | undefined;
  from: Date;
  until: Date;
}

/** One of the same kind that is in force no more (over, lapsed, without its chain) makes room for the new one. */
export async function endSpent(tx: Tx, { person, role, scope }: NewRight, at: Date): Promise<void> {
  const { academie, uai, classes } = columnsOfScope(scope);
  await sql`
    update rights r set ended_at = ${at}, end_reason = 'no longer in force when given anew'
    where r.person = ${person} and r.role = ${role} and r.scope_kind = ${scope.kind} and r.origin <> 'roster'
      and r.academie is not distinct from ${academie} and r.uai is not distinct from ${uai}
      and r.classes is not distinct from ${classes}::text[] and r.ended_at is null
      and not (${isInForce('r', at)} and ${isChainWhole(at)} and ${isFresh(at)})`.execute(tx);
}

/** Undefined: such a right is there already. However many try at once, one row is made. */
export async function insertRight(tx: Tx, right: NewRight): Promise<string | undefined> {
  const { person, role, scope, origin, by, under = null, from, until } = right;
  const { academie, uai, classes } = columnsOfScope(scope);
  const givers = right.givers ?? (by.kind === 'person' ? [by.person] : []);
  const { rows } = await sql<{ id: string }>`
    with made as (
      insert into rights (person, role, scope_kind, academie, uai, classes, origin, granted_by, granted_under,
        from_at, until_at)
      values (${person}, ${role}, ${scope.kind}, ${academie}, ${uai}, ${classes}::text[], ${origin},
        ${JSON.stringify(by)}::jsonb, ${under}::uuid, ${from}, ${until})
      on conflict do nothing
      returning id
    ), given as (
      insert into right_givers (right_id, person) select made.id, giver
      from made, unnest(${[...new Set(givers)]}::int[]) as giver
    )
    select id from made`.execute(tx);
  return rows[0]?.id;
}

function columnsOfScope(scope: RightScope) {
  return {
    academie: scope.kind === 'academie' ? scope.academie : null,
    uai: 'uai' in scope ? scope.uai : null,
    classes: scope.kind === 'classes' ? [...scope.classes] : null,
  };
}

/** Not ended yet, at any depth. Each call sees what was committed before it. */
export async function selectGivenUnder(tx: Tx, right: string): Promise<{ id: string; person: number }[]> {
  const { rows } = await sql<{ id: string; person: number }>`
    with recursive under as (
      select id, person, ended_at from rights where granted_under = ${right}::uuid
      union all
      select r.id, r.person, r.ended_at from rights r join under on r.granted_under = under.id
    )
    select id, person from under where ended_at is null order by id`.execute(tx);
  return rows;
}

/** Answers those this was the end of. */
export async function endRights(
  tx: Tx,
  ids: readonly string[],
  { by, reason, at }: { by: Actor; reason: string; at: Date },
): Promise<{ id: string; person: number }[]> {
  const { rows } = await sql<{ id: string; person: number }>`
    update rights set ended_at = ${at}, ended_by = ${JSON.stringify(by)}::jsonb, end_reason = ${reason}
    where id = any(${[...ids]}::uuid[]) and ended_at is null
    returning id, person`.execute(tx);
  return rows;
}

/** Only of one that has lapsed. The caller holds the right. */
export async function insertRenewal(
  tx: Tx,
  { right, by, at }: { right: string; by: Actor; at: Date },
): Promise<boolean> {
  const { rows } = await sql`
    insert into right_renewals (right_id, renewed_at, renewed_by)
    select r.id, ${at}, ${JSON.stringify(by)}::jsonb from rights r
    where r.id = ${right}::uuid and r.ended_at is null and not ${isFresh(at)}
    returning right_id`.execute(tx);
  return rows.length === 1;
}

/** Who could be given a right at a school: active, of its staff. */
export async function selectStaff(
  db: Db | Tx,
  { uai, at }: { uai: string; at: Date },
): Promise<{ person: number; personId: string }[]> {
  const { rows } = await sql<{ person: number; personId: string }>`
    select p.number as person, p.id as "personId" from persons p
    join account_states s on s.person = p.number and s.until_at is null and s.state = 'active'
    where exists (select from memberships m where m.person = p.number and m.uai = ${uai}
      and m.profile in ('teacher', 'staff') and ${isOpen('m', at)})
    order by p.number`.execute(db);
  return rows;
}
