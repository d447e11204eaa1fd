import { parseCrockford } from '../crypto/crockford.ts';
import type { Db } from '../storage/postgres.ts';

/** A refused request of a relying party, as its user, its integrator and staff can look it up. */
export interface Trace {
  readonly number: string;
  readonly at: Date;
  readonly clientId: string | undefined;
  readonly endpoint: string;
  readonly error: string;
  readonly detail: string | undefined;
}

export const TRACE_DAYS = 30;
const LENGTH = 12;

/** As read out and typed: any case, dashes and spaces. */
export function parseTraceNumber(typed: string): string | undefined {
  return parseCrockford(typed, LENGTH);
}

export async function keepTrace(db: Db, trace: Trace): Promise<void> {
  const { number, at, clientId, endpoint, error, detail } = trace;
  await db
    .insertInto('traces')
    .values({ number, at, client_id: clientId ?? null, endpoint, error, detail: detail ?? null })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function findTrace(db: Db, number: string): Promise<Trace | undefined> {
  const row = await db.selectFrom('traces').selectAll().where('number', '=', number).executeTakeFirst();
  if (!row) return undefined;
  const { client_id, detail, ...rest } = row;
  return { ...rest, clientId: client_id ?? undefined, detail: detail ?? undefined };
}

export async function forgetOldTraces(db: Db, at: Date): Promise<void> {
  const before = new Date(at.getTime() - TRACE_DAYS * 86_400_000);
  await db.deleteFrom('traces').where('at', '<', before).execute();
}
