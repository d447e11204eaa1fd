// Starts private servers for the tests, makes the template database, runs jest on it, stops everything.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../src/storage/embedded/postgres-server.ts';
import { startRedis } from '../../src/storage/embedded/redis-server.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { openPool } from '../../src/storage/postgres.ts';

const folder = mkdtempSync(join(tmpdir(), 'preau-test-'));
const log = (message: string): void => console.error(message);
const postgres = await startPostgres({ folder: join(folder, 'pg'), socketFolder: join(folder, 'pgs'), log });
const redis = await startRedis({ folder: join(folder, 'redis'), socketFolder: join(folder, 'rs'), log });
let code = 1;
try {
  await migrateTemplate();
  code = await jest(process.argv.slice(2));
} finally {
  await Promise.all([postgres.stop(), redis.stop()]);
  rmSync(folder, { recursive: true, force: true });
}
process.exit(code);

async function migrateTemplate(): Promise<void> {
  const pool = openPool({
    connection: postgres.connectionOf('postgres'),
    poolSize: 3,
    waiting: 10,
    connectMilliseconds: 2000,
    statementMilliseconds: 60_000,
    lockMilliseconds: 10_000,
  });
  await migrate(pool);
  await pool.end();
}

function jest(args: string[]): Promise<number> {
  const child = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      'node_modules/jest/bin/jest.js',
      ...args,
    ],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        PREAU_PROFILE: 'test',
        PREAU_TEST_POSTGRES: join(folder, 'pgs'),
        PREAU_TEST_REDIS: redis.socket,
      },
    },
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.once('exit', (exit) => resolve(exit ?? 1)));
}
