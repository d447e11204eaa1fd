import { sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';
import type { Limits, Row, Spent } from './budget.ts';

export interface Charge {
  reader: number;
  role: string;
  cost: number;
  limits: Limits;
  /** What this charge is named, and the one it goes on with. */
  charge: string;
  continuing: string | undefined;
  right: string;
  uai: string | undefined;
  academie: string | undefined;
  at: Date;
}

/** There before it is charged: the charge is then one conditional statement. */
export async function ensureBudget(tx: Tx, { reader, role }: Pick<Charge, 'reader' | 'role'>): Promise<void> {
  await tx
    .insertInto('reading_budgets')
    .values({ reader, role })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/**
 * Both windows, the pause and an opened budget in one statement: what waits for another's charge is checked again on
 * the row that one left. Undefined: not charged.
 */
export async function chargeBudget(tx: Tx, given: Charge): Promise<Row | undefined> {
  const { reader, role, cost, limits, charge, continuing = null, right, at } = given;
  const { uai = null, academie = null } = given;
  const minute = minuteOf(at);
  const fits = (since: number, limit: number) => sql`
    charged_since(b.minutes, b.charged, ${since}::int) + ${cost}::int
      <= ${limit}::int * case when b.opened_until > ${at}::timestamptz then 2 else 1 end`;
  const { rows } = await sql<BudgetRow>`
    update reading_budgets b
    set (minutes, charged) = (
        select array_agg(minute order by minute), array_agg(cost order by minute) from (
          select one.minute, sum(one.cost)::int as cost
          from unnest(b.minutes || ${minute}::int, b.charged || ${cost}::int) as one (minute, cost)
          where one.minute >= ${dayFrom(minute)}::int group by one.minute) kept),
      charge = ${charge}::uuid, right_id = ${right}::uuid, uai = ${uai}::text, academie = ${academie}::text
    where b.reader = ${reader} and b.role = ${role}
      and (b.ready_at is null or b.ready_at <= ${at}::timestamptz or b.charge = ${continuing}::uuid)
      and ${fits(hourFrom(minute), limits.hour)} and ${fits(dayFrom(minute), limits.day)}
    returning ${columns(minute)}`.execute(tx);
  return rows[0] && rowOf(rows[0]);
}

export async function findBudget(
  db: Db | Tx,
  { reader, role, at }: { reader: number; role: string; at: Date },
): Promise<Row> {
  const { rows } = await sql<BudgetRow>`
    select ${columns(minuteOf(at))} from reading_budgets b where b.reader = ${reader} and b.role = ${role}`.execute(
    db,
  );
  return rows[0]
    ? rowOf(rows[0])
    : { spent: { hour: 0, day: 0 }, readyAt: undefined, openedUntil: undefined };
}

/** The row is held by the charge before it. */
export async function setReadyAt(
  tx: Tx,
  { reader, role, readyAt }: { reader: number; role: string; readyAt: Date },
): Promise<void> {
  await tx
    .updateTable('reading_budgets')
    .set({ ready_at: readyAt })
    .where('reader', '=', reader)
    .where('role', '=', role)
    .execute();
}

/** Answers true for the first of a day in Paris, and for the first since somebody opened more. */
export async function noteExhausted(
  tx: Tx,
  given: Pick<Charge, 'reader' | 'role' | 'right' | 'uai' | 'academie' | 'at'>,
): Promise<boolean> {
  const { reader, role, right, uai = null, academie = null, at } = given;
  const { rows } = await sql`
    update reading_budgets
    set exhausted_at = ${at}::timestamptz, right_id = ${right}::uuid, uai = ${uai}::text, academie = ${academie}::text
    where reader = ${reader} and role = ${role}
      and (exhausted_at is null or exhausted_at < opened_at or exhausted_at <
        date_trunc('day', ${at}::timestamptz at time zone 'Europe/Paris') at time zone 'Europe/Paris')
    returning 1`.execute(tx);
  return rows.length > 0;
}

/** Those who were not read under this key before; the others need no second line. */
export async function noteOnce(
  tx: Tx,
  given: {
    session: Buffer;
    right: string;
    key: string;
    persons: readonly number[];
    fields: number;
    at: Date;
  },
): Promise<number[]> {
  const { session, right, key, persons, fields, at } = given;
  const { rows } = await sql<{ person: number }>`
    insert into reading_once (session_digest, right_id, key, person, fields, at)
    select ${session}::bytea, ${right}::uuid, ${key}::text, person, ${fields}::bigint, ${at}::timestamptz
    from unnest(${[...persons]}::int[]) as asked (person) order by person
    on conflict do nothing returning person`.execute(tx);
  return rows.map(({ person }) => person);
}

/** Noted and then not read: the budget refused. */
export async function forgetOnce(
  tx: Tx,
  given: { session: Buffer; right: string; key: string; persons: readonly number[]; fields: number },
): Promise<void> {
  if (given.persons.length === 0) return;
  await tx
    .deleteFrom('reading_once')
    .where('session_digest', '=', given.session)
    .where('right_id', '=', given.right)
    .where('key', '=', given.key)
    .where('fields', '=', given.fields)
    .where('person', 'in', [...given.persons])
    .execute();
}

export async function deleteOnceBefore(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('reading_once').where('at', '<', before).execute();
}

interface BudgetRow extends Spent {
  ready_at: Date | null;
  opened_until: Date | null;
}

export function columns(minute: number) {
  return sql`charged_since(b.minutes, b.charged, ${hourFrom(minute)}::int) as hour,
    charged_since(b.minutes, b.charged, ${dayFrom(minute)}::int) as day, b.ready_at, b.opened_until`;
}

export function rowOf({ hour, day, ready_at, opened_until }: BudgetRow): Row {
  return { spent: { hour, day }, readyAt: ready_at ?? undefined, openedUntil: opened_until ?? undefined };
}

export function minuteOf(at: Date): number {
  return Math.floor(at.getTime() / 60_000);
}

/** A minute counts as long as any second of it is in the window: never less than was read. */
function hourFrom(minute: number): number {
  return minute - 60;
}

function dayFrom(minute: number): number {
  return minute - 1440;
}

/** Once a day, and only where it was spent. */
export async function markOpened(
  tx: Tx,
  { reader, role, at, until }: { reader: number; role: string; at: Date; until: Date },
): Promise<boolean> {
  const { rows } = await sql`
    update reading_budgets set opened_at = ${at}::timestamptz, opened_until = ${until}::timestamptz, ready_at = null
    where reader = ${reader} and role = ${role}
      and exhausted_at > ${at}::timestamptz - interval '1 day' and exhausted_at <= ${at}::timestamptz
      and (opened_until is null or opened_until <= ${at}::timestamptz)
    returning 1`.execute(tx);
  return rows.length > 0;
}
