import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Secrets } from '../../src/config.ts';
import { type Db, openPostgres } from '../../src/storage/postgres.ts';
import { openRedis, type Redis } from '../../src/storage/redis.ts';
import type { Servers } from './servers.ts';

export interface TestStores {
  db: Db;
  pool: pg.Pool;
  redis: Redis;
  secrets: Secrets;
  /** How another process or role reaches the same database. */
  connectionOf(role: string): pg.ClientConfig;
  redisSocket: string;
  close(): Promise<void>;
}

export const socketOfPostgres = required('PREAU_TEST_POSTGRES');
export const socketOfRedis = required('PREAU_TEST_REDIS');

const SHARED: Servers = { postgres: socketOfPostgres, redis: socketOfRedis };

/** A database of its own from the migrated template, the shared Redis, and random secrets. */
export async function testStores({ postgres, redis: socket }: Servers = SHARED): Promise<TestStores> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  const copy = `create database ${name} template preau owner preau_owner strategy file_copy`;
  await asSuperuser(copy, 'postgres', postgres);
  const connectionOf = (role: string): pg.ClientConfig => ({
    host: postgres,
    user: role,
    database: name,
  });
  const { db, pool } = openPostgres({
    connection: connectionOf('preau_app'),
    poolSize: 10,
    waiting: 500,
    connectMilliseconds: 5000,
    statementMilliseconds: 10_000,
    lockMilliseconds: 5000,
  });
  const redis = await openRedis({ at: socket, commandMilliseconds: 5000 });
  return {
    db,
    pool,
    redis,
    secrets: randomSecrets(),
    connectionOf,
    redisSocket: socket,
    async close() {
      redis.disconnect();
      await db.destroy();
      await noteEvents(name, postgres);
      await asSuperuser(`drop database ${name} with (force)`, 'postgres', postgres);
    },
  };
}

/** Which events of the audit this test recorded: a whole run must have recorded each (see run.ts). */
async function noteEvents(database: string, postgres: string): Promise<void> {
  const folder = process.env.PREAU_TEST_EVENTS;
  if (!folder) return;
  // A test may have closed its database to everybody.
  await asSuperuser(`alter database ${database} allow_connections true`, 'postgres', postgres);
  const { rows } = await asSuperuser('select distinct name from preau.audit_events', database, postgres);
  writeFileSync(join(folder, database), rows.map(({ name }) => name).join('\n'));
}

export function randomSecrets(): Secrets {
  return {
    wrappingKey: randomBytes(32),
    digestKey: randomBytes(32),
    pairwiseKey: randomBytes(32),
    ledgerKey: randomBytes(32),
    cookieKey: randomBytes(32),
  };
}

/** One statement as superuser: to look at what the app may not see, or to break things. */
export async function asSuperuser(
  statement: string,
  database = 'postgres',
  host = socketOfPostgres,
): Promise<pg.QueryResult> {
  const client = new pg.Client({ host, user: 'postgres', database });
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error('tests are run by bin/test, which starts PostgreSQL and Redis for them');
  return value;
}
