import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Router } from '@koa/router';
import Koa from 'koa';
import { pino } from 'pino';
import defaults from '../../config/default.json' with { type: 'json' };
import type { Actor } from '../../src/audit/actor.ts';
import type { Mode, Settings } from '../../src/config.ts';
import { createDigests, type Digests } from '../../src/crypto/digests.ts';
import type { KeyRing } from '../../src/crypto/key-ring.ts';
import { installEdge } from '../../src/http/edge.ts';
import { createRemote } from '../../src/http/remote.ts';
import { createLedger } from '../../src/ledger/ledger.ts';
import type { SignIn } from '../../src/login/interaction.ts';
import { type Door, openDoor } from '../../src/oidc/door.ts';
import { createOrders, type Orders } from '../../src/orders/orders.ts';
import { createRegisterClient, type Registered } from '../../src/relying-parties/register-client.ts';
import { sessionLimits } from '../../src/sessions/limits.ts';
import { standing } from '../../src/sessions/standing.ts';
import { loadKeyRing } from '../../src/storage/data-keys.ts';
import { createQueue, type Queue } from '../../src/storage/queue.ts';
import type { Redis } from '../../src/storage/redis.ts';
import { type TestStores, testStores } from '../support/stores.ts';
import { Browser } from './browser.ts';

export const BY: Actor = { kind: 'operator', name: 'Test', osUser: 'test', host: 'here' };
const QUIET = pino({ level: process.env.PREAU_LOG_LEVEL ?? 'silent' });

/** Préau's door for relying parties on a free port, with a sign-in page that believes a header. */
export interface TestDoor {
  readonly issuer: string;
  readonly door: Door;
  readonly stores: TestStores;
  readonly orders: Orders;
  readonly digests: Digests;
  readonly keyRing: KeyRing;
  /** What relying parties are told by; started by who wants it. */
  readonly queue: Queue;
  now(): Date;
  /** Moves Préau's clock, not the engine's. */
  shift(seconds: number): void;
  register(metadata?: object, publisher?: string): Promise<Registered>;
  browser(): Browser;
  stop(): Promise<void>;
}

interface Options {
  redis?: Redis;
  stores?: TestStores;
  lifetimes?: Partial<Settings['lifetimes']>;
  redirectUri?: string;
  limits?: Partial<Settings['limits']>;
  /** Without it nothing on this machine is asked or told. */
  remote?: Partial<Settings['remote']>;
  requestObjects?: boolean;
  /** A machine that runs other tests may let PostgreSQL wait: what silence does is a test of its own. */
  silenceMilliseconds?: number;
}

export async function openTestDoor(options: Options = {}): Promise<TestDoor> {
  const stores = options.stores ?? (await testStores());
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  let shifted = 0;
  const now = () => new Date(Date.now() + shifted * 1000);
  const digests = createDigests(stores.secrets.digestKey);
  const keyRing = await loadKeyRing(stores.db, stores.secrets.wrappingKey);
  const orders = createOrders({
    pool: stores.pool,
    settings: { pollMilliseconds: 50, silenceMilliseconds: options.silenceMilliseconds ?? 5000 },
    now,
    log: QUIET,
  });
  await orders.start();
  const ledger = createLedger({ db: stores.db, ledgerKey: stores.secrets.ledgerKey, now, log: QUIET });
  const lifetimes = { ...(defaults.lifetimes as Settings['lifetimes']), ...options.lifetimes };
  const mode: Mode = 'test';
  const limits = { ...defaults.limits, ...options.limits };
  const { requestObjects = false } = options;
  const config = {
    issuer,
    lifetimes,
    limits,
    secrets: stores.secrets,
    mode,
    requestObjects,
    trustedProxies: [],
  };
  const from = { ...stores, config, digests, keyRing, orders, ledger, logger: QUIET, now };
  const settings = { allowsLoopback: false, privateNetworks: [], ...options.remote };
  const remote = createRemote({ settings, storeHosts: [] });
  const door = await openDoor({ ...from, remote, redis: options.redis ?? stores.redis });
  const queue = createQueue({ pool: stores.pool, tasks: door.tasks, log: QUIET, now, concurrency: 4 });
  mount(server, { config, door, stores, orders });
  const register = createRegisterClient({ db: stores.db, digests, now });
  return {
    ...{ issuer, door, stores, orders, digests, keyRing, queue, now },
    shift: (seconds) => {
      shifted += seconds;
    },
    async register(metadata = {}, publisher) {
      const redirect_uris = [options.redirectUri ?? 'http://localhost:3001/callback'];
      const given = { client_name: 'Emploi du temps', redirect_uris, ...metadata };
      const result = await register(BY, { metadata: given, publisher, landing: 'approved' });
      if (result.outcome !== 'registered') throw new Error(JSON.stringify(result));
      return result.client;
    },
    browser: () => new Browser(issuer),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await queue.stop();
      door.stop();
      await remote.close();
      await orders.stop();
      if (!options.stores) await stores.close();
    },
  };
}

function mount(
  server: Server,
  from: {
    config: Parameters<typeof installEdge>[1]['config'];
    door: Door;
    stores: TestStores;
    orders: Orders;
  },
): void {
  const app = new Koa();
  installEdge(app, { config: from.config, logger: QUIET });
  app.use(from.door.straightToEngine);
  app.use(from.door.aroundRequests);
  app.use(signInPages(from).routes());
  app.use(from.door.routes.routes());
  app.use(from.door.engine);
  server.on('request', app.callback());
}

/** `X-Test-Person: id acr` is a right password; without it the page says where it stands. */
function signInPages({ door, stores, orders }: { door: Door; stores: TestStores; orders: Orders }): Router {
  const router = new Router();
  router.get('/interaction/:uid', async (ctx) => {
    const request = await door.interactions.interactionOf(ctx);
    if (request?.uid !== ctx.params.uid || !request) {
      ctx.status = 400;
      ctx.body = { page: 'start-again' };
      return;
    }
    const [personId, acr] = ctx.get('x-test-person').split(' ');
    if (personId === 'cancel') return door.interactions.finishInteraction(ctx, { outcome: 'cancelled' });
    if (!personId || request.prompt.reasons.includes('frozen')) {
      ctx.body = { page: 'sign-in', prompt: request.prompt, application: request.application };
      return;
    }
    const signIn = await signInOf({ stores, orders }, personId, acr);
    await door.interactions.finishInteraction(ctx, { outcome: 'signed-in', signIn });
  });
  return router;
}

export async function signInOf(
  { stores, orders }: { stores: TestStores; orders: Orders },
  personId: string,
  acr: string | undefined,
): Promise<SignIn> {
  const { person } = await standing(stores.db, { personId, at: new Date() });
  if (!person) throw new Error('nobody');
  const { version, generation } = await orders.inForce();
  const profiles = person.memberships.map(({ profile }) => profile);
  return {
    person: person.number,
    personId,
    acr: acr === 'two' ? 'urn:preau:acr:two' : 'urn:preau:acr:one',
    amr: acr === 'two' ? ['pwd', 'otp', 'mfa'] : ['pwd'],
    limits: sessionLimits(profiles, 'own', defaults.lifetimes.sessions),
    judgedAt: { version, generation, epoch: person.epoch },
  };
}
