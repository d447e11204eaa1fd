import { createHash } from 'node:crypto';
import { CompiledQuery, Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import type { Schema } from './schema.ts';
import { Unavailable } from './unavailable.ts';

export type Db = Kysely<Schema>;
export type Tx = Transaction<Schema>;

export interface PostgresOptions {
  /** Where: a URL, or a socket folder with user and database (pg's own connection options). */
  connection: pg.ClientConfig;
  /** The role to act as once connected; the login role may be a member of it. */
  role?: 'preau_app' | 'preau_owner' | 'preau_keeper';
  poolSize: number;
  /** How many may wait for a connection before the next is turned away with Unavailable. */
  waiting: number;
  connectMilliseconds: number;
  statementMilliseconds: number;
  lockMilliseconds: number;
}

/** Kysely on a bounded pool. Whatever means "PostgreSQL is down or too busy" is thrown as Unavailable. */
export function openPostgres(options: PostgresOptions): { db: Db; pool: pg.Pool } {
  const pool = openPool(options);
  const bounded = boundedPool(pool, options.waiting);
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: bounded }) });
  pools.set(db, bounded);
  return { db, pool };
}

const pools = new WeakMap<Db, ReturnType<typeof boundedPool>>();

/** What is written out already: past Kysely, which has nothing to add to it, unless a transaction holds the connection. */
export async function ask<Row>(db: Db | Tx, text: string, values: unknown[]): Promise<Row[]> {
  const pool = pools.get(db);
  if (!pool) return (await db.executeQuery<Row>(CompiledQuery.raw(text, values))).rows;
  const client = await pool.connect();
  try {
    return (await client.query<Row & pg.QueryResultRow>(text, values)).rows;
  } finally {
    client.release();
  }
}

export function openPool(options: PostgresOptions): pg.Pool {
  const pool = new pg.Pool({
    ...options.connection,
    max: options.poolSize,
    connectionTimeoutMillis: options.connectMilliseconds,
    statement_timeout: options.statementMilliseconds,
    lock_timeout: options.lockMilliseconds,
    // The server's own time-out ends the statement; this one ends a connection that answers nothing at all.
    query_timeout: options.statementMilliseconds + 1000,
    idle_in_transaction_session_timeout: Math.max(10_000, options.statementMilliseconds),
    options: startOptions(options.role),
    types: { getTypeParser },
  });
  // An idle connection that breaks is dropped by the pool; the next query opens another or fails as Unavailable.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

function startOptions(role: PostgresOptions['role']): string {
  return `-c search_path=preau${role ? ` -c role=${role}` : ''} -c timezone=UTC`;
}

const INT8 = 20;
const getTypeParser: typeof pg.types.getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
  oid === INT8
    ? (text: string) => parseSafeInteger(text)
    : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser;

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error('a bigint from PostgreSQL exceeds 2^53');
  return value;
}

function boundedPool(pool: pg.Pool, waiting: number) {
  return {
    async connect() {
      if (pool.waitingCount >= waiting) throw new Unavailable('postgresql', { retryAfter: 1 });
      const client = await pool.connect().catch((error: unknown) => {
        throw new Unavailable('postgresql', { cause: error });
      });
      return boundedClient(client);
    },
    end: () => pool.end(),
    options: {},
  };
}

function boundedClient(client: pg.PoolClient) {
  let broken: Error | undefined;
  return {
    query: (async (text: string, values: unknown[]) => {
      try {
        return await client.query(
          PREPARED.test(text) ? { name: nameOf(text), text, values } : { text, values },
        );
      } catch (error) {
        if (isConnectionLoss(error)) broken = error as Error;
        throw asUnavailable(error);
      }
    }) as unknown as pg.PoolClient['query'],
    release: () => client.release(broken),
  };
}

// A statement that begins so is planned once per connection: for the few that every request asks.
const PREPARED = /^\s*\/\* prepared \*\//;
const names = new Map<string, string>();

function nameOf(text: string): string {
  const known = names.get(text);
  if (known) return known;
  const name = createHash('sha256').update(text).digest('hex').slice(0, 32);
  names.set(text, name);
  return name;
}

/** Connection loss, time-outs and overflow become Unavailable; anything else stays what it is. */
export function asUnavailable(error: unknown): unknown {
  const isDown = isConnectionLoss(error) || DOWN_STATES.test(codeOf(error));
  return isDown ? new Unavailable('postgresql', { cause: error }) : error;
}

// 25006 read-only after a failover, 57014 statement time-out, 55P03 lock time-out, 25P03 idle in transaction, 53xxx out of resources, 40001/40P01 lost a race
const DOWN_STATES = /^(25006|57014|55P03|25P03|53\d{3}|40001|40P01)$/;

/** Another's lock was waited for too long, or each waited for the other: a matter of the rows that were asked for. */
export function isHeldUp(error: unknown): boolean {
  return error instanceof Unavailable && /^(55P03|40P01)$/.test(codeOf(error.cause));
}

function isConnectionLoss(error: unknown): boolean {
  const code = codeOf(error);
  if (/^(08\w{3}|57P0\d|ECONN\w+|ENOENT|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(code)) return true;
  return (
    error instanceof Error && /Connection terminated|Query read timeout|not queryable/.test(error.message)
  );
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code ?? '');
}
