import type { Selectable } from 'kysely';
import { parseCrockford } from '../crypto/crockford.ts';
import type { Db } from '../storage/postgres.ts';
import type { TracesTables } from '../storage/tables/traces.ts';

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

/** `claimed` stands in the request, and is kept where it is registered, in service or not. */
export async function keepTrace(db: Db, trace: Trace & { claimed?: string | undefined }): Promise<void> {
  const { number, at, clientId, claimed, endpoint, error, detail } = trace;
  const registered = (id: string) => db.selectFrom('clients').select('client_id').where('client_id', '=', id);
  const client_id = clientId ?? (claimed ? registered(claimed) : null);
  await db
    .insertInto('traces')
    .values({ number, at, client_id, endpoint, error, detail: detail ?? null })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function findTrace(db: Db, number: string, now: Date): Promise<Trace | undefined> {
  return read(await selectTrace(db, number, now).executeTakeFirst());
}

/** Only of a publisher's own clients, deleted ones too: the ids of these are never given again. */
export async function findTraceOf(
  db: Db,
  publisher: string,
  { number, now }: { number: string; now: Date },
): Promise<Trace | undefined> {
  const own = db.selectFrom('clients').select('client_id').where('publisher', '=', publisher);
  return read(await selectTrace(db, number, now).where('client_id', 'in', own).executeTakeFirst());
}

/** What is too old is none, also where nobody tidied up yet. */
function selectTrace(db: Db, number: string, now: Date) {
  const query = db.selectFrom('traces').selectAll().where('number', '=', number);
  return query.where('at', '>=', oldestKept(now));
}

function read(row: Selectable<TracesTables['traces']> | undefined): Trace | undefined {
  if (!row) return undefined;
  const { client_id, detail, ...rest } = row;
  return { ...rest, clientId: client_id ?? undefined, detail: detail ?? undefined };
}

export async function forgetOldTraces(db: Db, now: Date): Promise<void> {
  await db.deleteFrom('traces').where('at', '<', oldestKept(now)).execute();
}

function oldestKept(now: Date): Date {
  return new Date(now.getTime() - TRACE_DAYS * 86_400_000);
}
