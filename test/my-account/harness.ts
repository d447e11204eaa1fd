import { generateKeyPairSync } from 'node:crypto';
import type { Router } from '@koa/router';
import Provider from 'oidc-provider';
import { pino } from 'pino';
import { createPasswordHasher, type PasswordHasher } from '../../src/accounts/password-hashing.ts';
import { type Activation, createActivation } from '../../src/activation/activation.ts';
import { createLedger } from '../../src/ledger/ledger.ts';
import { createOwnSession, type OwnSession } from '../../src/login/own-session.ts';
import { createMyAccountRoutes } from '../../src/my-account/routes.ts';
import { createOrders, type Orders } from '../../src/orders/orders.ts';
import { termsOfScopes, termsSchema } from '../../src/relying-parties/contracts/terms.ts';
import { metadataSchema } from '../../src/relying-parties/metadata.ts';
import type { RelyingParty } from '../../src/relying-parties/relying-party.ts';
import { createPresentFactor } from '../../src/second-factors/confirm-act.ts';
import { createAskStanding } from '../../src/sessions/ask-standing.ts';
import { type Device, sessionLimits } from '../../src/sessions/limits.ts';
import { createOidcStorage } from '../../src/storage/oidc/oidc-adapter.ts';
import { createRequests } from '../../src/storage/oidc/request-notes.ts';
import { type Accounts, accountsOn, MORNING } from '../accounts/builders.ts';
import { type Browser, type RunningEdge, startEdge } from '../http/edge-harness.ts';
import { createEstablishment } from '../login/people.ts';
import { testConfig } from '../support/config.ts';
import { type TestStores, testStores } from '../support/stores.ts';

export interface AccountWorld {
  stores: TestStores;
  accounts: Accounts;
  hasher: PasswordHasher;
  orders: Orders;
  activation: Activation;
  at: Date;
  edge: RunningEdge;
  /** A browser in which this person has just signed in. */
  signedIn(person: number, how?: { userAgent?: string; factors?: 1 | 2; device?: Device }): Promise<Browser>;
  close(): Promise<void>;
}

/** The pages of the holder on the engine's real sessions, in real stores; only the sign-in itself is left out. */
export async function accountWorld(): Promise<AccountWorld> {
  const stores = await testStores();
  const accounts = await accountsOn(stores);
  await createEstablishment(stores);
  const config = testConfig();
  const hasher = createPasswordHasher({ workers: 1, maxQueueSeconds: 30 });
  const clock = { at: MORNING };
  const now = (): Date => clock.at;
  const { db, pool } = stores;
  const { digests, keyRing } = accounts;
  const settings = { ...config.orders, silenceMilliseconds: 5000 };
  const orders = createOrders({ pool, settings, now, log: pino({ level: 'silent' }) });
  await orders.start();
  const ask = createAskStanding({ db, orders });
  const requests = createRequests();
  const provider = engine(stores, accounts, requests);
  const own = createOwnSession({
    provider: () => provider,
    sessionCookie: { httpOnly: true, sameSite: 'lax', path: '/', overwrite: true, signed: true },
    db,
    digests,
    within: requests.run,
    keepsCookie: () => requests.current()?.keepsCookie === true,
    standing: {
      answer: ({ personId, sessionUid }) =>
        ask({
          personId,
          sessionUidDigest: sessionUid === undefined ? undefined : digests.of('session-uid', sessionUid),
          at: now(),
        }),
      forget: () => {},
    },
    longestSessionSeconds: config.lifetimes.sessions.guardian.absoluteSeconds,
    now,
  });
  const { limits, lifetimes } = config;
  const { ledgerKey } = stores.secrets;
  const ledger = createLedger({ db, ledgerKey, now, log: pino({ level: 'silent' }) });
  const activation = createActivation({ db, digests, keyRing, orders, ledger, hasher, config, now });
  const routes = createMyAccountRoutes({
    db,
    digests,
    keyRing,
    orders,
    hasher,
    now,
    limits,
    lifetimes,
    issuer: 'http://localhost:3000',
    authorizationEndpoint: '/auth',
    recoveryHoldHours: config.activation.recoveryHoldHours,
    own,
    registry: { all: () => [timetable, staffRoom] },
    activation,
    presentFactor: createPresentFactor({ db, digests, keyRing, limits, now }),
  });
  routes.get('/test/sign-in/:person', signInRoute({ own, ask, lifetimes, now }));
  const edge = await startEdge(routes);
  return {
    stores,
    accounts,
    hasher,
    orders,
    activation,
    edge,
    get at() {
      return clock.at;
    },
    set at(at: Date) {
      clock.at = at;
    },
    async signedIn(person, { userAgent = FIREFOX, factors = 1, device = 'own' } = {}) {
      const browser = edge.browser();
      const path = `/test/sign-in/${person}?factors=${factors}&device=${device}`;
      const answer = await browser.get(path, { 'user-agent': userAgent });
      if (answer.status !== 204) throw new Error(`not signed in: ${answer.status}`);
      return browser;
    },
    async close() {
      await edge.stop();
      await Promise.all([orders.stop(), hasher.close()]);
      await stores.close();
    },
  };
}

const FIREFOX = 'Mozilla/5.0 (X11; Linux) Firefox/140.0';

function engine(
  stores: TestStores,
  { digests }: Accounts,
  requests: ReturnType<typeof createRequests>,
): Provider {
  const storage = createOidcStorage({
    redis: stores.redis,
    digests,
    requests,
    guard: { stampFor: () => ({}), admits: async () => true, revokeGrant: async () => {} },
    now: () => new Date(),
    lifetimes: { grantSeconds: 600, interactionSeconds: 600 },
  });
  return new Provider('http://localhost:3000', {
    adapter: storage.adapterFor,
    cookies: { keys: ['the keys of the engine'], names: { session: 'preau_session' } },
    clients: [],
    jwks: { keys: [generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })] },
    features: { devInteractions: { enabled: false } },
  });
}

function signInRoute(from: {
  own: OwnSession;
  ask: ReturnType<typeof createAskStanding>;
  lifetimes: { sessions: Parameters<typeof sessionLimits>[2] };
  now: () => Date;
}): Parameters<Router['get']>[1] {
  return async (ctx) => {
    const person = Number(ctx.params.person);
    const hasBoth = ctx.query.factors === '2';
    const { standing, inForce } = await from.ask({ person, at: from.now() });
    if (!standing.person) return;
    const { version, generation } = inForce;
    const profiles = standing.person.memberships.map(({ profile }) => profile);
    const begun = await from.own.beginSession(ctx, {
      person,
      personId: standing.person.id,
      ...(hasBoth ? BOTH : { acr: 'urn:preau:acr:one', amr: ['pwd'] }),
      limits: sessionLimits(
        profiles,
        ctx.query.device === 'shared' ? 'shared' : 'own',
        from.lifetimes.sessions,
      ),
      judgedAt: { version, generation, epoch: standing.person.epoch },
    });
    ctx.status = begun.outcome === 'begun' ? 204 : 409;
  };
}

const BOTH = { acr: 'urn:preau:acr:two' as const, amr: ['pwd', 'otp'] };

const timetable = party('Emploi du temps', 'openid profile school');
const staffRoom: RelyingParty = {
  ...party('Salle des professeurs', 'openid profile'),
  contract: {
    version: 1,
    state: 'approved',
    terms: termsSchema.parse({ claims: { pupil: [], guardian: [], teacher: ['given_name'], staff: [] } }),
  },
};

function party(name: string, scope: string): RelyingParty {
  const metadata = metadataSchema.parse({
    client_name: name,
    redirect_uris: ['https://app.example.fr/callback?x=1'],
    scope,
  });
  return {
    clientId: 'app',
    publisher: { id: 'publisher', name: 'Éditions du Tilleul' },
    metadata,
    secrets: [],
    contract: { version: 1, state: 'approved', terms: termsOfScopes(scope) },
    createdAt: MORNING,
  };
}
