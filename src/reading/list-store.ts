import { sql } from 'kysely';
import type { Role } from '../rights/rights.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { Row } from './budget.ts';
import { columns, minuteOf, rowOf } from './store.ts';

export interface Place {
  uai: string | undefined;
  academie: string | undefined;
}

export interface BudgetOfReader extends Row {
  reader: number;
  readerId: string;
  role: Role;
  place: Place;
  exhaustedAt: Date | undefined;
}

const DAY = 1440;

export async function selectBudgets(db: Db | Tx, at: Date, reader?: number): Promise<BudgetOfReader[]> {
  const minute = minuteOf(at);
  const { rows } = await sql<Parameters<typeof rowOf>[0] & Listed>`
    select ${columns(minute)}, b.reader, p.id as "readerId", b.role, b.uai,
      coalesce(b.academie, e.academie) as academie, b.exhausted_at as "exhaustedAt"
    from reading_budgets b join persons p on p.number = b.reader left join establishments e on e.uai = b.uai
    where (b.minutes[cardinality(b.minutes)] >= ${minute - DAY}::int
        or b.exhausted_at > ${at}::timestamptz - interval '1 day')
      and (${reader ?? null}::int is null or b.reader = ${reader ?? null}::int)
    order by b.reader, b.role`.execute(db);
  return rows.map(({ reader, readerId, role, uai, academie, exhaustedAt, ...row }) => ({
    ...rowOf(row),
    ...{ reader, readerId, role, exhaustedAt: exhaustedAt ?? undefined },
    place: { uai: uai ?? undefined, academie: academie ?? undefined },
  }));
}

interface Listed {
  reader: number;
  readerId: string;
  role: Role;
  uai: string | null;
  academie: string | null;
  exhaustedAt: Date | null;
}

export interface ReadsWanted {
  reader?: number | undefined;
  person?: number | undefined;
  /** Of people who were of that school at that moment. */
  uai?: string | undefined;
  from: Date;
  to: Date;
  after?: Trace | undefined;
  limit: number;
}

export interface Trace {
  batch: number;
  ordinal: number;
}

export interface ReadRow {
  batch: number;
  ordinal: number;
  at: Date;
  kind: number;
  fields: number;
  personId: string;
  readerId: string;
  role: string | null;
  rightId: string | null;
  uai: string | null;
  academie: string | null;
  session: Buffer | null;
  address: string | null;
  details: Record<string, unknown>;
}

/** In the order of their trace numbers. */
export async function selectReads(db: Db, wanted: ReadsWanted): Promise<ReadRow[]> {
  const { reader = null, person = null, uai = null, from, to, after, limit } = wanted;
  const { rows } = await sql<ReadRow>`
    select d.batch, d.ordinal, d.at, d.kind, d.fields, p.id as "personId", staff.id as "readerId",
      coalesce(r.role, c.details ->> 'role') as role, c.right_id as "rightId", r.uai, r.academie,
      c.session_digest as session, c.address, c.details
    from disclosures d
    join disclosure_contexts c on c.id = d.context
    join persons p on p.number = d.person
    join persons staff on staff.number = c.reader
    left join rights r on r.id = c.right_id
    where c.recipient = 'staff' and d.at >= ${from}::timestamptz and d.at < ${to}::timestamptz
      and (${reader}::int is null or c.reader = ${reader}::int)
      and (${person}::int is null or d.person = ${person}::int)
      and (${uai}::text is null or d.person in (select w.person from memberships w where w.uai = ${uai}::text))
      and (${uai}::text is null or exists (
        select from memberships m where m.person = d.person and m.uai = ${uai}::text
          and m.from_at <= d.at and (m.until_at is null or m.until_at > d.at)))
      and (${after?.batch ?? null}::bigint is null
        or (d.batch, d.ordinal) > (${after?.batch ?? null}::bigint, ${after?.ordinal ?? null}::int))
    order by d.batch, d.ordinal limit ${limit}`.execute(db);
  return rows;
}
