import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../src/storage/embedded/postgres-server.ts';
import { startRedis } from '../src/storage/embedded/redis-server.ts';
import { migrate } from '../src/storage/migrate.ts';
import { openPool } from '../src/storage/postgres.ts';

/** Servers of its own, where the builders of the tests look for theirs; beside tests it has those of the tests. */
export async function startServers(): Promise<{ stop(): Promise<void> }> {
  if (process.env.PREAU_TEST_POSTGRES && process.env.PREAU_TEST_REDIS) return { stop: async () => {} };
  const folder = mkdtempSync(join(tmpdir(), 'preau-bench-'));
  const log = (message: string): void => console.error(message);
  const sockets = { postgres: join(folder, 'pgs'), redis: join(folder, 'rs') };
  for (const socket of Object.values(sockets)) mkdirSync(socket, { mode: 0o711 });
  const postgres = await startPostgres({
    folder: join(folder, 'pg'),
    socketFolder: sockets.postgres,
    log,
  });
  const redis = await startRedis({ folder: join(folder, 'redis'), socketFolder: sockets.redis, log });
  const owner = openPool({
    connection: postgres.connectionOf('preau_owner'),
    ...{ poolSize: 3, waiting: 10, connectMilliseconds: 2000 },
    ...{ statementMilliseconds: 60_000, lockMilliseconds: 10_000 },
  });
  await migrate(owner);
  await owner.end();
  Object.assign(process.env, { PREAU_TEST_POSTGRES: sockets.postgres, PREAU_TEST_REDIS: redis.socket });
  return {
    async stop() {
      await Promise.all([postgres.stop(), redis.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
