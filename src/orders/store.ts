import { sql } from 'kysely';
import type { Tx } from '../storage/postgres.ts';

/**
 * The clock, and the orders too where the version differs from the one known: one snapshot of both. Left out are those
 * that by both clocks ended more than a day ago: who asks may have one that is put right before the version moves again.
 */
export const ASK_ORDERS = `
  select clock.version, clock.generation, clock.clients_version as "clientsVersion",
    case when clock.version is distinct from $1 then (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', o.id, 'measure', o.measure, 'drill', o.drill, 'scope', o.scope, 'parameters', o.parameters,
        'generation', o.generation, 'ends_at', o.ends_at, 'created_at', o.created_at,
        'starts_at', case when o.starts_at > o.created_at then o.starts_at end) order by o.created_at, o.id), '[]')
      from orders o
      where o.ended_at is null and (o.ends_at is null or o.ends_at > least($2::timestamptz, now()) - interval '1 day')
    ) end as orders
  from order_clock clock`;

/**
 * For whoever moves the clock, to the end of the transaction. Those who let in share its row for moments: of the row alone
 * whoever comes later would take a share at once, and in a rush nobody could move it; for the table they stand in line.
 */
export async function holdClock(tx: Tx): Promise<void> {
  await sql`lock table order_clock in exclusive mode`.execute(tx);
}

/** Held until the transaction ends: no order comes into force between the judgement and what it lets in. */
export async function lockVersion(tx: Tx, how: 'share' | 'update' = 'share'): Promise<number> {
  if (how === 'update') await holdClock(tx);
  const { rows } = await sql<{ version: number }>`
    select version from order_clock for ${sql.raw(how)}`.execute(tx);
  return rows[0]?.version ?? 0;
}
