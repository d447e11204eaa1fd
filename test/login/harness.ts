import { randomBytes } from 'node:crypto';
import type { Context } from 'koa';
import { pino } from 'pino';
import { createPasswordHasher, type PasswordHasher } from '../../src/accounts/password-hashing.ts';
import type { FirstFactor, Interactions, SignInRequest, SignInResult } from '../../src/login/interaction.ts';
import type { Dependencies } from '../../src/login/pages.ts';
import { createLoginRoutes } from '../../src/login/routes.ts';
import { createOrders, type Orders } from '../../src/orders/orders.ts';
import { createAddresses } from '../../src/throttling/addresses.ts';
import { type Accounts, accountsOn, MORNING } from '../accounts/builders.ts';
import { type Browser, type RunningEdge, startEdge } from '../http/edge-harness.ts';
import { testConfig } from '../support/config.ts';
import { type TestStores, testStores } from '../support/stores.ts';
import { createEstablishment } from './people.ts';

export interface LoginWorld {
  stores: TestStores;
  accounts: Accounts;
  hasher: PasswordHasher;
  orders: Orders;
  /** Moves with `world.at`. */
  at: Date;
  edge: RunningEdge;
  from: Dependencies;
  /** A browser that was sent to a sign-in by an application. */
  visitor(given?: Partial<SignInRequest>): Visitor;
  statements(): number;
  close(): Promise<void>;
}

export interface Visitor extends Browser {
  uid: string;
  path: string;
  result(): SignInResult | undefined;
  firstFactor(): FirstFactor | undefined;
  signIn(typed: { username: string; password: string; shared?: string }): Promise<Response>;
  type(step: string, form: Record<string, string>): Promise<Response>;
}

/** Stands where the engine is: one open request per browser, found by a cookie of that browser. */
class OpenRequests implements Interactions {
  readonly byBrowser = new Map<string, { request: SignInRequest; result?: SignInResult }>();

  async interactionOf(ctx: Context): Promise<SignInRequest | undefined> {
    const open = this.byBrowser.get(ctx.cookies.get('interaction') ?? '');
    return open && !open.result ? structuredClone(open.request) : undefined;
  }

  async keepFirstFactor(ctx: Context, firstFactor: FirstFactor | undefined): Promise<void> {
    const open = this.byBrowser.get(ctx.cookies.get('interaction') ?? '');
    if (open) open.request.firstFactor = firstFactor;
  }

  async finishInteraction(ctx: Context, result: SignInResult): Promise<void> {
    const open = this.byBrowser.get(ctx.cookies.get('interaction') ?? '');
    if (open) open.result = result;
    ctx.status = 303;
    ctx.redirect('/resumed');
  }
}

export async function loginWorld(): Promise<LoginWorld> {
  const stores = await testStores();
  const statements = countStatements(stores);
  const accounts = await accountsOn(stores);
  await createEstablishment(stores);
  const config = testConfig();
  const hasher = createPasswordHasher({ workers: 2, maxQueueSeconds: 30 });
  const clock = { at: MORNING };
  const now = (): Date => clock.at;
  const orders = createOrders({
    pool: stores.pool,
    settings: { ...config.orders, silenceMilliseconds: 5000 },
    now,
    log: pino({ level: 'silent' }),
  });
  await orders.start();
  const requests = new OpenRequests();
  const { db, redis } = stores;
  const { digests, keyRing } = accounts;
  const from: Dependencies = {
    db,
    digests,
    keyRing,
    orders,
    hasher,
    now,
    limits: config.limits,
    lifetimes: config.lifetimes,
    highestAcr: config.activation.highestAcr,
    addresses: createAddresses({
      redis,
      digests,
      limits: { ...config.limits, addressFailures: 10_000 },
      count: () => {},
    }),
    interactions: requests,
  };
  const edge = await startEdge(createLoginRoutes(from));
  return {
    stores,
    accounts,
    hasher,
    orders,
    edge,
    from,
    get at() {
      return clock.at;
    },
    set at(at: Date) {
      clock.at = at;
    },
    visitor: (given) => openVisitor(edge, requests, given),
    statements,
    async close() {
      await edge.stop();
      await Promise.all([orders.stop(), hasher.close()]);
      await stores.close();
    },
  };
}

function openVisitor(edge: RunningEdge, requests: OpenRequests, given: Partial<SignInRequest> = {}): Visitor {
  const browser = edge.browser();
  const key = randomBytes(8).toString('hex');
  const uid = randomBytes(8).toString('hex');
  browser.cookies.set('interaction', key);
  const request: SignInRequest = {
    uid,
    prompt: { name: 'login', reasons: ['no_session'] },
    application: 'Emploi du temps',
    about: {},
    redirectUri: 'https://timetable.example.fr/callback',
    uiLocales: undefined,
    loginHint: undefined,
    firstFactor: undefined,
    sharedWith: undefined,
    ...given,
  };
  const open: { request: SignInRequest; result?: SignInResult } = { request };
  requests.byBrowser.set(key, open);
  const path = `/interaction/${request.uid}`;
  const type = async (step: string, form: Record<string, string>): Promise<Response> => {
    if (!browser.token()) await browser.get(path);
    return browser.post(step ? `${path}/${step}` : path, { csrf: browser.token(), ...form });
  };
  return {
    ...browser,
    uid: request.uid,
    path,
    result: () => open.result,
    firstFactor: () => open.request.firstFactor,
    signIn: (typed) => type('', { ...typed }),
    type,
  };
}

/** Every statement that goes to PostgreSQL over the app's pool, transaction control included. */
function countStatements(stores: TestStores): () => number {
  let count = 0;
  const counted = new WeakSet<object>();
  const connect = stores.pool.connect.bind(stores.pool) as () => Promise<import('pg').PoolClient>;
  stores.pool.connect = (async () => {
    const client = await connect();
    if (!counted.has(client)) {
      counted.add(client);
      const query = client.query.bind(client) as (...given: unknown[]) => unknown;
      client.query = ((...given: unknown[]) => {
        count += 1;
        return query(...given);
      }) as typeof client.query;
    }
    return client;
  }) as typeof stores.pool.connect;
  return () => count;
}
