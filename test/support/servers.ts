import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startPostgres } from '../../src/storage/embedded/postgres-server.ts';
import { startRedis } from '../../src/storage/embedded/redis-server.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { openPool } from '../../src/storage/postgres.ts';

/** A real PostgreSQL with the migrated template database, and a real Redis. */
export interface Servers {
  /** The folder of its socket. */
  readonly postgres: string;
  readonly redis: string;
}

export interface StartedServers extends Servers {
  /** All that they write. */
  readonly folder: string;
  stop(): Promise<void>;
}

// What it holds is thrown away, and each file's database is a copy: waiting for the disk would only stall the others.
const SETTINGS = ['-c', 'fsync=off', '-c', 'full_page_writes=off'];

/** On a folder of their own, which goes with them. */
export async function startServers(): Promise<StartedServers> {
  const folder = mkdtempSync(join(tmpdir(), 'preau-test-'));
  const log = (message: string): void => console.error(message);
  const [postgres, redis] = await Promise.all([
    startPostgres({
      ...{ folder: join(folder, 'pg'), socketFolder: join(folder, 'pgs'), log },
      settings: SETTINGS,
    }),
    startRedis({ folder: join(folder, 'redis'), socketFolder: join(folder, 'rs'), log }),
  ]);
  const stop = async (): Promise<void> => {
    await Promise.all([postgres.stop(), redis.stop()]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await migrateTemplate(postgres);
    return { folder, postgres: join(folder, 'pgs'), redis: redis.socket, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function migrateTemplate(postgres: EmbeddedPostgres): Promise<void> {
  const pool = openPool({
    connection: postgres.connectionOf('preau_owner'),
    poolSize: 3,
    waiting: 10,
    connectMilliseconds: 2000,
    statementMilliseconds: 60_000,
    lockMilliseconds: 10_000,
  });
  await migrate(pool);
  await pool.end();
}
