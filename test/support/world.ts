import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type pg from 'pg';
import { pino } from 'pino';
import type { PasswordHasher } from '../../src/accounts/password-hashing.ts';
import { type Activation, createActivation } from '../../src/activation/activation.ts';
import type { InSameHands } from '../../src/activation/hands.ts';
import { type App, createApp } from '../../src/app.ts';
import type { Actor } from '../../src/audit/actor.ts';
import { type Config, loadConfig, type Secrets } from '../../src/config.ts';
import type { Orders } from '../../src/orders/orders.ts';
import { buildParts, type Parts } from '../../src/parts.ts';
import { createRegisterClient } from '../../src/relying-parties/register-client.ts';
import { type Accounts, accountsOn } from '../accounts/builders.ts';
import { createEstablishment } from '../login/people.ts';
import { Application } from './application.ts';
import { type TestStores, testStores } from './stores.ts';
import { Visitor } from './visitor.ts';

export const BY: Actor = { kind: 'operator', name: 'test', osUser: 'root', host: 'here' };

/**
 * All of Préau on stores of its own, listening on a free port that is its issuer. `accounts`, `hasher` and `orders`
 * make it a world for the builders of test/login/people.ts.
 */
export interface World {
  issuer: string;
  config: Config;
  stores: TestStores;
  parts: Parts;
  app: App;
  activation: Activation;
  accounts: Accounts;
  hasher: PasswordHasher;
  orders: Orders;
  now(): Date;
  /** Moves Préau's clock, not the engine's. */
  wait(milliseconds: number): void;
  /** Statements sent over the app's pool so far; the poll of the orders has a connection of its own. */
  statements(): number;
  visitor(): Visitor;
  register(metadata?: object): Promise<Application>;
  close(): Promise<void>;
}

export interface Given {
  /** Instead of stores made here and closed with the world. */
  stores?: TestStores;
  change?(config: Config): Config;
  /** Instead of the rule that keeps two proofs in two hands. */
  inSameHands?: InSameHands;
}

export async function wholeWorld({
  stores: given,
  change = (config) => config,
  inSameHands,
}: Given = {}): Promise<World> {
  const stores = given ?? (await testStores());
  const statements = countStatements(stores.pool);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const config = change({ ...testConfig(stores.secrets), issuer });
  let ahead = 0;
  const now = (): Date => new Date(Date.now() + ahead);
  const logger = pino({ level: process.env.PREAU_LOG_LEVEL ?? 'silent' });
  const parts = await buildParts(config, { ...stores, close: async () => {} }, { now, logger });
  const app = await createApp({ ...parts, ...(inSameHands && { inSameHands }) });
  server.on('request', app.koa.callback());
  if (!given) await createEstablishment(stores);
  return {
    ...{ issuer, config, stores, parts, app, statements, now },
    activation: createActivation(parts),
    accounts: await accountsOn(stores),
    hasher: parts.hasher,
    orders: parts.orders,
    wait: (milliseconds) => {
      ahead += milliseconds;
    },
    visitor: () => new Visitor(issuer),
    register: (metadata) => register({ ...parts, issuer }, metadata),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      app.close();
      await parts.close();
      if (!given) await stores.close();
    },
  };
}

/** As in production, except for the secrets, and hashing enough to be quick. */
export function testConfig(secrets: Secrets): Config {
  return loadConfig({
    PREAU_PROFILE: 'test',
    PREAU_DATA_DIR: '/nowhere',
    ...environmentOf(secrets),
  });
}

/** The secrets as a process takes them from its environment. */
export function environmentOf(secrets: Secrets): Record<string, string> {
  const { wrappingKey, digestKey, pairwiseKey, ledgerKey, cookieKey } = secrets;
  return {
    PREAU_WRAPPING_KEY: wrappingKey.toString('base64'),
    PREAU_DIGEST_KEY: digestKey.toString('base64'),
    PREAU_PAIRWISE_KEY: pairwiseKey.toString('base64'),
    PREAU_LEDGER_KEY: ledgerKey.toString('base64'),
    PREAU_COOKIE_KEY: cookieKey.toString('base64'),
  };
}

export async function register(
  from: Pick<Parts, 'db' | 'digests' | 'now'> & { issuer: string },
  metadata: object = {},
): Promise<Application> {
  const named = { client_name: 'Emploi du temps', redirect_uris: ['http://localhost:3001/callback'] };
  const registration = { metadata: { ...named, ...metadata }, landing: 'approved' as const };
  const result = await createRegisterClient(from)(BY, registration);
  if (result.outcome !== 'registered') throw new Error(JSON.stringify(result));
  return new Application(from.issuer, result.client);
}

/** Of connections made from now on. */
function countStatements(pool: pg.Pool): () => number {
  let count = 0;
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...given: unknown[]) => unknown;
    client.query = ((...given: unknown[]) => {
      count += 1;
      return query(...given);
    }) as typeof client.query;
  });
  return () => count;
}
