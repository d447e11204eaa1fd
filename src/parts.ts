import { type Logger, pino } from 'pino';
import { createPasswordHasher, type PasswordHasher } from './accounts/password-hashing.ts';
import type { Config } from './config.ts';
import { createDigests, type Digests } from './crypto/digests.ts';
import type { KeyRing } from './crypto/key-ring.ts';
import { createRemote, type Remote } from './http/remote.ts';
import { createLedger, type Ledger } from './ledger/ledger.ts';
import { createPost, type Post } from './messages/post.ts';
import { createOrders, type Orders } from './orders/orders.ts';
import { createReading, type Reading } from './reading/reading.ts';
import { loadKeyRing } from './storage/data-keys.ts';
import type { Holder } from './storage/embedded/data-folder.ts';
import type { Db } from './storage/postgres.ts';
import type { Redis } from './storage/redis.ts';
import { storeHostsOf } from './storage/store-hosts.ts';
import { openStores, type Stores } from './storage/stores.ts';

/** What the doors stand on: built once per process, for the server and for the command line alike. */
export interface Parts {
  readonly config: Config;
  readonly stores: Stores;
  readonly db: Db;
  readonly redis: Redis;
  readonly digests: Digests;
  readonly keyRing: KeyRing;
  readonly orders: Orders;
  readonly ledger: Ledger;
  readonly reading: Reading;
  readonly hasher: PasswordHasher;
  /** The only way out to addresses that registrations name. */
  readonly remote: Remote;
  readonly post: Post;
  readonly logger: Logger;
  now(): Date;
  close(): Promise<void>;
}

export interface Surroundings {
  now?: () => Date;
  logger?: Logger;
}

/** Opens the stores of the configuration and builds the parts upon them. */
export async function openParts(
  config: Config,
  as: Holder,
  { now = () => new Date(), logger = quietLogger() }: Surroundings = {},
): Promise<Parts> {
  const stores = await openStores(config, as, (message) => logger.warn(message));
  try {
    return await buildParts(config, stores, { now, logger });
  } catch (error) {
    await stores.close();
    throw error;
  }
}

/** The parts upon stores that are open already. `close` closes those too. */
export async function buildParts(
  config: Config,
  stores: Stores,
  { now, logger }: Required<Surroundings>,
): Promise<Parts> {
  const { db, pool, redis } = stores;
  const { secrets } = config;
  const keyRing = await loadKeyRing(db, secrets.wrappingKey);
  const orders = createOrders({ pool, settings: config.orders, now, log: logger });
  const ledger = createLedger({ db, ledgerKey: secrets.ledgerKey, now, log: logger });
  const reading = createReading({ db, orders, ledger, settings: config.reading, now });
  const hasher = createPasswordHasher({ workers: config.passwordWorkers });
  const storeHosts = storeHostsOf([config.databaseUrl, config.redisUrl]);
  const remote = createRemote({ settings: config.remote, storeHosts });
  await Promise.all([orders.start(), ledger.start()]);
  return {
    config,
    stores,
    db,
    redis,
    digests: createDigests(secrets.digestKey),
    keyRing,
    orders,
    ledger,
    reading,
    hasher,
    remote,
    post: createPost({ config, db, now }),
    logger,
    now,
    async close() {
      ledger.stop();
      await Promise.all([orders.stop(), hasher.close(), remote.close()]);
      await stores.close();
    },
  };
}

function quietLogger(): Logger {
  return pino({ level: 'silent' });
}
