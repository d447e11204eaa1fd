import type pg from 'pg';
import type { Config } from '../config.ts';
import { type Holder, lockDataFolder, openDataFolder } from './embedded/data-folder.ts';
import { startPostgres } from './embedded/postgres-server.ts';
import { startRedis } from './embedded/redis-server.ts';
import { migrate, missingMigrations } from './migrate.ts';
import { type Db, openPool, openPostgres } from './postgres.ts';
import { openRedis, type Redis } from './redis.ts';
import {
  markProduction,
  refuseForgetfulRedis,
  refuseOfProduction,
  refuseUnsafeServer,
} from './server-safety.ts';

export interface Stores {
  db: Db;
  pool: pg.Pool;
  redis: Redis;
  /** Closes the connections, then stops the servers that were started here. */
  close(): Promise<void>;
}

/** The data folder is in use by another process that runs its servers. */
export class AlreadyRunning extends Error {
  override readonly name = 'AlreadyRunning';
  readonly by: Holder;
  constructor(folder: string, by: Holder) {
    super(`Préau is already running on ${folder}`);
    this.by = by;
  }
}

interface Addresses {
  app: pg.ClientConfig;
  owner: pg.ClientConfig;
  redis: string;
  stop(): Promise<void>;
}

type Log = (message: string) => void;

/**
 * Opens PostgreSQL and Redis: those of the URLs, or our own under the data folder.
 * A `server` refuses a folder that another one runs; a `command` joins it.
 */
export async function openStores(config: Config, as: Holder, log: Log = () => {}): Promise<Stores> {
  const addresses = await findServers(config, as, log);
  try {
    await prepareSchema(config, addresses.owner);
    const { db, pool } = openPostgres({ connection: addresses.app, role: 'preau_app', ...config.postgres });
    await refuseUnsafeServer(pool, config.mode);
    const redis = await openSafeRedis(config, addresses.redis);
    if (config.mode === 'production') await markProduction(pool);
    return { db, pool, redis, close: () => closeAll({ db, redis, addresses }) };
  } catch (error) {
    await addresses.stop();
    throw error;
  }
}

async function openSafeRedis({ redis: settings, mode }: Config, at: string): Promise<Redis> {
  const redis = await openRedis({ at, ...settings });
  try {
    await refuseForgetfulRedis(redis, mode);
    return redis;
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}

/** Runs the migrations alone. Returns the names of those applied. */
export async function migrateStores(config: Config, log: Log = () => {}): Promise<string[]> {
  const addresses = await findServers(config, 'command', log);
  try {
    return await withOwner(config, addresses.owner, async (pool) => {
      await refuseOfProduction(pool, config.mode);
      return migrate(pool);
    });
  } finally {
    await addresses.stop();
  }
}

async function closeAll(open: { db: Db; redis: Redis; addresses: Addresses }): Promise<void> {
  open.redis.disconnect();
  await open.db.destroy();
  await open.addresses.stop();
}

async function prepareSchema(config: Config, owner: pg.ClientConfig): Promise<void> {
  await withOwner(config, owner, async (pool) => {
    await refuseOfProduction(pool, config.mode);
    if (config.mode !== 'production') return void (await migrate(pool));
    const missing = await missingMigrations(pool);
    if (missing.length > 0)
      throw new Error(`the database lacks migrations (npx preau db migrate): ${missing.join(', ')}`);
  });
}

async function withOwner<T>(
  config: Config,
  owner: pg.ClientConfig,
  act: (pool: pg.Pool) => Promise<T>,
): Promise<T> {
  const pool = openPool({
    connection: owner,
    ...config.postgres,
    poolSize: 3,
    statementMilliseconds: 600_000,
  });
  try {
    return await act(pool);
  } finally {
    await pool.end();
  }
}

async function findServers(config: Config, as: Holder, log: Log): Promise<Addresses> {
  const { databaseUrl, ownerDatabaseUrl, redisUrl } = config;
  if (databaseUrl && redisUrl) {
    return {
      app: { connectionString: databaseUrl },
      owner: { connectionString: ownerDatabaseUrl ?? databaseUrl },
      redis: redisUrl,
      stop: async () => {},
    };
  }
  return ownServers(config, as, log);
}

const WAIT_FOR_COMMAND = 60_000;

async function ownServers(config: Config, as: Holder, log: Log): Promise<Addresses> {
  const folder = openDataFolder(config.dataDir);
  const deadline = Date.now() + WAIT_FOR_COMMAND;
  for (;;) {
    const lock = await lockDataFolder(folder, as);
    if (lock.outcome === 'taken') return startOwn(config, folder, lock.release, log);
    if (lock.by === 'server' && as === 'command') return joinRunning(config, folder);
    if (lock.by === 'server' || Date.now() > deadline) throw new AlreadyRunning(folder.path, lock.by);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

type Folder = ReturnType<typeof openDataFolder>;

function joinRunning(config: Config, folder: Folder): Addresses {
  return addressesOf(config, {
    connectionOf: (user) => ({ host: folder.sockets.postgres, user, database: 'preau' }),
    redisSocket: `${folder.sockets.redis}/redis.sock`,
    stop: async () => {},
  });
}

async function startOwn(
  config: Config,
  folder: Folder,
  release: () => Promise<void>,
  log: Log,
): Promise<Addresses> {
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()));
    await release();
  };
  try {
    const [postgres, redis] = await Promise.all([
      config.databaseUrl
        ? undefined
        : startPostgres({ folder: folder.postgres, socketFolder: folder.sockets.postgres, log }).then(
            (server) => {
              started.push(server);
              return server;
            },
          ),
      config.redisUrl
        ? undefined
        : startRedis({ folder: folder.redis, socketFolder: folder.sockets.redis, log }).then((server) => {
            started.push(server);
            return server;
          }),
    ]);
    return addressesOf(config, { connectionOf: postgres?.connectionOf, redisSocket: redis?.socket, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

function addressesOf(
  config: Config,
  own: {
    connectionOf: ((user: string) => pg.ClientConfig) | undefined;
    redisSocket: string | undefined;
    stop(): Promise<void>;
  },
): Addresses {
  const { databaseUrl, ownerDatabaseUrl, redisUrl } = config;
  const at = (user: string, url: string | undefined): pg.ClientConfig =>
    url ? { connectionString: url } : (own.connectionOf?.(user) ?? {});
  return {
    app: at('preau_app', databaseUrl),
    owner: at('preau_owner', ownerDatabaseUrl),
    redis: redisUrl ?? own.redisSocket ?? '',
    stop: own.stop,
  };
}
