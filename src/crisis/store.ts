import { type Selectable, sql } from 'kysely';
import type { Actor } from '../audit/actor.ts';
import { isSomebody } from '../directory/decoys.ts';
import type { Measure } from '../orders/measures.ts';
import { type Scope, scopeSchema } from '../orders/scope.ts';
import { holdClock } from '../orders/store.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { AccountState, Schema } from '../storage/schema.ts';
import type { OrderRecord } from './order-record.ts';

export interface NewOrder {
  id: string;
  measure: Measure;
  kind: 'standing' | 'cut-off';
  drill: boolean;
  scope: Scope;
  reason: string;
  by: Actor;
  at: Date;
  startsAt: Date;
  endsAt: Date | undefined;
}

/** Those who let in hold the clock for moments: an order waits for them rather than failing in the rush it is against. */
export async function waitForClock(tx: Tx): Promise<void> {
  await sql`set local lock_timeout = '2s'`.execute(tx);
  await holdClock(tx);
}

/** A cut-off order draws its generation in the same statement: nobody is let in between the two. */
export async function insertOrder(tx: Tx, order: NewOrder): Promise<OrderRecord> {
  const { id, measure, kind, drill, scope, reason, by, at, startsAt, endsAt = null } = order;
  const { rows } = await sql<OrderRow>`
    with drawn as (
      update order_clock set generation = generation + 1 where ${kind}::text = 'cut-off' returning generation)
    insert into orders (id, measure, kind, drill, scope, reason, ordered_by, generation, starts_at, ends_at, created_at)
    values (${id}::uuid, ${measure}::text, ${kind}::text, ${drill}::boolean, ${JSON.stringify(scope)}::jsonb,
      ${reason}::text, ${JSON.stringify(by)}::jsonb, (select generation from drawn), ${startsAt}::timestamptz,
      ${endsAt}::timestamptz, ${at}::timestamptz)
    returning *`.execute(tx);
  const [row] = rows;
  if (!row) throw new Error('the order was not written');
  return orderOf(row);
}

export async function updateEnded(
  tx: Tx,
  { id, by, reason, at }: { id: string; by: Actor; reason: string; at: Date },
): Promise<OrderRecord | undefined> {
  const row = await tx
    .updateTable('orders')
    .set({ ended_at: at, ended_by: JSON.stringify(by), end_reason: reason })
    .where(sql`id::text`, '=', id)
    .where('ended_at', 'is', null)
    .where((or) => or.or([or('ends_at', 'is', null), or('ends_at', '>', at)]))
    .where((or) => or.or([or('kind', '=', 'standing'), or('drill', '=', true)]))
    .returningAll()
    .executeTakeFirst();
  return row && orderOf(row);
}

export async function selectOrder(tx: Tx, id: string): Promise<OrderRecord | undefined> {
  const row = await tx.selectFrom('orders').selectAll().where(sql`id::text`, '=', id).executeTakeFirst();
  return row && orderOf(row);
}

export async function selectOrders(db: Db): Promise<OrderRecord[]> {
  const rows = await db
    .selectFrom('orders')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute();
  return rows.map(orderOf);
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** By id or by number, as they were named; who is not there is not in the answer. By index, among millions. */
export async function selectPersonNumbers(
  db: Db | Tx,
  named: readonly string[],
): Promise<Map<string, number>> {
  const ids = named.filter((name) => UUID.test(name));
  const numbers = named.filter((name) => /^\d{1,9}$/.test(name));
  const { rows } = await sql<{ id: string; number: number }>`
    select id, number from persons where id = any(${ids}::uuid[])
    union all select id, number from persons where number = any(${numbers}::int[])`.execute(db);
  const known = new Map(rows.flatMap(({ id, number }) => [[id, number] as const, [`${number}`, number]]));
  return new Map(named.flatMap((name) => [[name, known.get(name.toLowerCase())] as const]).filter(isKnown));
}

function isKnown(entry: readonly [string, number | undefined]): entry is [string, number] {
  return entry[1] !== undefined;
}

export async function countByState(db: Db, scope: Scope): Promise<Record<AccountState, number>> {
  const { rows } = await sql<{ state: AccountState; persons: number }>`
    select s.state, count(*)::int as persons from account_states s
    where s.until_at is null and ${isSomebody('s.person')} ${'all' in scope ? sql`` : narrowed(scope)} group by s.state`.execute(
    db,
  );
  const counted = { dormant: 0, active: 0, closed: 0 };
  for (const { state, persons } of rows) counted[state] = persons;
  return counted;
}

/** Whom that count leaves out, and an order reaches all the same. */
export async function countDecoysOf(db: Db, scope: Scope): Promise<number> {
  const { rows } = await sql<{ decoys: number }>`
    select count(*)::int as decoys from decoys d join account_states s on s.person = d.person
    where s.until_at is null ${'all' in scope ? sql`` : narrowed(scope)}`.execute(db);
  return rows[0]?.decoys ?? 0;
}

type Fragment = ReturnType<typeof sql>;

function narrowed(scope: Exclude<Scope, { all: true }>): Fragment {
  const { person, state, profile, establishment, academie, class: code } = scope;
  const any = (column: Fragment, values: readonly unknown[] | undefined, type: string): Fragment =>
    values ? sql`and ${column} = any(${values}::${sql.raw(type)}[])` : sql``;
  const member = profile ?? establishment ?? academie ?? code;
  return sql`
    ${any(sql`s.person`, person, 'int')} ${any(sql`s.state`, state, 'account_state')}
    ${
      member
        ? sql`and exists (select from memberships m join establishments e on e.uai = m.uai
            left join classes c on c.id = m.class_id where m.person = s.person and m.until_at is null
            ${any(sql`m.profile`, profile, 'profile')} ${any(sql`m.uai`, establishment, 'text')}
            ${any(sql`e.academie`, academie, 'text')} ${any(sql`c.code`, code, 'text')})`
        : sql``
    }`;
}

type OrderRow = Selectable<Schema['orders']>;

function orderOf(row: OrderRow): OrderRecord {
  return {
    id: row.id,
    measure: row.measure as Measure,
    kind: row.kind,
    drill: row.drill,
    scope: scopeSchema.parse(row.scope),
    reason: row.reason,
    orderedBy: row.ordered_by as Actor,
    generation: row.generation ?? undefined,
    createdAt: row.created_at,
    startsAt: row.starts_at,
    endsAt: row.ends_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
    endedBy: (row.ended_by as Actor | null) ?? undefined,
    endReason: row.end_reason ?? undefined,
  };
}
