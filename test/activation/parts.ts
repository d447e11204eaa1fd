import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { createPasswordHasher, type PasswordHasher } from '../../src/accounts/password-hashing.ts';
import { type Activation, createActivation } from '../../src/activation/activation.ts';
import type { InSameHands } from '../../src/activation/hands.ts';
import type { Config, Secrets, Settings } from '../../src/config.ts';
import { createDigests, type Digests } from '../../src/crypto/digests.ts';
import type { KeyRing } from '../../src/crypto/key-ring.ts';
import { createLedger } from '../../src/ledger/ledger.ts';
import { createOrders, type Orders } from '../../src/orders/orders.ts';
import { loadKeyRing } from '../../src/storage/data-keys.ts';
import type { Db } from '../../src/storage/postgres.ts';

export interface ActivationParts {
  activation: Activation;
  digests: Digests;
  keyRing: KeyRing;
  orders: Orders;
  hasher: PasswordHasher;
  settings: Settings;
  close(): Promise<void>;
}

interface Given {
  db: Db;
  pool: pg.Pool;
  secrets: Secrets;
  now: () => Date;
  mode?: Config['mode'];
  /** Of the default settings, which are this test's own. */
  adjust?: (settings: Settings) => void;
  /** Instead of the rule that keeps two proofs in two hands. */
  inSameHands?: InSameHands;
  /** Instead of argon2, where a test is about something else. */
  hash?: (password: string) => Promise<string>;
}

const quiet = { warn() {} };

/** The operations on real stores, in this process: tests and their children build the same. */
export async function openActivation({
  db,
  pool,
  secrets,
  now,
  mode = 'test',
  adjust,
  hash,
  inSameHands,
}: Given): Promise<ActivationParts> {
  const settings = defaultSettings();
  adjust?.(settings);
  const digests = createDigests(secrets.digestKey);
  const keyRing = await loadKeyRing(db, secrets.wrappingKey);
  const orders = createOrders({ pool, settings: settings.orders, now, log: quiet });
  await orders.start();
  const ledger = createLedger({ db, ledgerKey: secrets.ledgerKey, now, log: quiet });
  const hasher = createPasswordHasher({ workers: 1, maxQueueSeconds: 60 });
  const config = { ...settings, mode };
  const hashing = hash ? { hash } : hasher;
  const rest = { hasher: hashing, config, now, ...(inSameHands && { inSameHands }) };
  const activation = createActivation({ db, digests, keyRing, orders, ledger, ...rest });
  return {
    activation,
    digests,
    keyRing,
    orders,
    hasher,
    settings,
    close: async () => {
      await Promise.all([orders.stop(), hasher.close()]);
    },
  };
}

export function defaultSettings(): Settings {
  const file = new URL('../../config/default.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Settings;
}
