import type { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { Adapter, Provider } from 'oidc-provider';
import type { Mode, Settings } from '../config.ts';
import type { Digests } from '../crypto/digests.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import type { Remote } from '../http/remote.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Interactions } from '../login/interaction.ts';
import { createOwnSession, type OwnSession } from '../login/own-session.ts';
import type { Orders } from '../orders/orders.ts';
import { RESPONSE_TYPES } from '../relying-parties/metadata.ts';
import { createRegistry, type Registry } from '../relying-parties/registry.ts';
import { createAskStanding } from '../sessions/ask-standing.ts';
import type { LookAt } from '../sessions/end-run-out.ts';
import { createOidcStorage } from '../storage/oidc/oidc-adapter.ts';
import { createRequests } from '../storage/oidc/request-notes.ts';
import type { Db } from '../storage/postgres.ts';
import type { Tasks } from '../storage/queue.ts';
import type { Redis } from '../storage/redis.ts';
import { createRedisEpoch } from '../storage/redis-epoch.ts';
import { createRequestLimits } from '../throttling/requests.ts';
import { createFindAccount } from './accounts.ts';
import { createAroundEngine } from './around-engine.ts';
import { isJudgedAnew } from './client-now.ts';
import { createClientAdapter } from './clients.ts';
import { ROUTES } from './configuration.ts';
import { createContractRoutes } from './contract-pages.ts';
import { SESSION_COOKIE } from './cookies.ts';
import { createNames } from './digests.ts';
import { createAroundRequests, createEngineGate } from './gate.ts';
import { createLoadExistingGrant } from './grants.ts';
import { createInteractions } from './interactions.ts';
import type { KeySet } from './key-set.ts';
import { watchKeys } from './key-watch.ts';
import { grantSecondsOf, longestSessionSeconds } from './lifetimes.ts';
import { createLogoutTasks } from './logout-notices.ts';
import { outageAdapter } from './outages.ts';
import { ownRelyingParty } from './own-client.ts';
import { createAliases, createPairwiseIdentifier } from './pairwise.ts';
import { buildProvider } from './provider.ts';
import { limitClient, limitRegistrations } from './rate.ts';
import { createRecordStanding } from './record-standing.ts';
import { createRelease } from './release.ts';
import { createRequestStates } from './request-state.ts';
import { createOidcRoutes } from './routes.ts';
import { createSandboxRoutes } from './sandbox-pages.ts';
import { createBeginSession } from './session-begin.ts';
import { publishedAlgs } from './signing-keys.ts';
import { createStanding } from './standing.ts';
import { createIntrospectionPolicy, createRotateRefreshToken } from './tokens.ts';

export interface DoorDependencies {
  readonly config: {
    readonly issuer: string;
    readonly mode: Mode;
    readonly requestObjects: boolean;
    readonly lifetimes: Settings['lifetimes'];
    readonly limits: Pick<Settings['limits'], 'requestsPerMinute'>;
    readonly secrets: { readonly cookieKey: Buffer; readonly pairwiseKey: Buffer };
  };
  readonly db: Db;
  readonly redis: Redis;
  readonly digests: Digests;
  readonly keyRing: KeyRing;
  readonly orders: Orders;
  readonly remote: Remote;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly logger: Record<'warn' | 'error', (details: object, message: string) => void>;
  readonly now: () => Date;
}

/** The door for relying parties. */
export interface Door {
  /** The engine of now: a rotation of keys puts another in its place. */
  provider(): Provider;
  readonly registry: Registry;
  /** For the sign-in pages. */
  readonly interactions: Interactions;
  /** The engine's session as our own pages use it. */
  readonly own: OwnSession;
  /** Around everything that may ask the engine: one set of notes per request. */
  readonly aroundRequests: Middleware;
  /** What the queue does for relying parties. */
  readonly tasks: Tasks;
  /** Where none of our pages is in question; before `aroundRequests`, which it brings. */
  readonly straightToEngine: Middleware;
  /** Before the engine. */
  readonly routes: Router;
  /** The engine itself, mounted last. */
  readonly engine: Middleware;
  stop(): void;
}

export async function openDoor(from: DoorDependencies): Promise<Door> {
  const { config, db, orders, now } = from;
  const registry = createRegistry({
    db,
    orders,
    own: [ownRelyingParty(config.issuer)],
    log: from.logger,
  });
  await registry.start();
  const parts = createParts(from, registry);
  const build = ({ keys }: KeySet) => buildProvider({ ...parts.engine, keys });
  const keys = await watchKeys(from, (next) => {
    provider = build(next);
  });
  let provider = build(keys.first);

  const current = () => provider;
  const { firstFactors, engine } = parts;
  const interactions = createInteractions({ provider: current, firstFactors, ...engine });
  return {
    provider: current,
    registry,
    interactions,
    own: createOwnSession({
      ...{ provider: current, db, digests: from.digests, now },
      sessionCookie: SESSION_COOKIE,
      standing: parts.engine.standing,
      within: parts.requests.run,
      keepsCookie: () => parts.requests.current()?.keepsCookie === true,
      longestSessionSeconds: parts.engine.longestSessionSeconds,
    }),
    tasks: createLogoutTasks({ ...parts.notices, provider: current }),
    routes: routesOf(from, { provider: current, registry, interactions }),
    ...mountsOf(parts, current),
    stop() {
      keys.stop();
      registry.stop();
    },
  };
}

function mountsOf(
  parts: ReturnType<typeof createParts>,
  provider: () => Provider,
): Pick<Door, 'aroundRequests' | 'straightToEngine' | 'engine'> {
  const aroundRequests = createAroundRequests(parts.requests);
  const engine = both(createAroundEngine(parts.engine), createEngineGate(provider));
  return {
    aroundRequests: both(aroundRequests, limitRegistrations(parts.engine)),
    straightToEngine: where(isForEngineAlone, both(aroundRequests, engine)),
    engine,
  };
}

const both =
  (first: Middleware, second: Middleware): Middleware =>
  (ctx, next) =>
    first(ctx, () => second(ctx, next) as Promise<unknown>);

const where =
  (isMeant: (ctx: Context) => boolean, middleware: Middleware): Middleware =>
  (ctx, next) =>
    isMeant(ctx) ? middleware(ctx, next) : next();

const { end_session: _, ...WITHOUT_PAGES } = ROUTES;
const ENGINE_PATHS = new Set([...Object.values(WITHOUT_PAGES), '/.well-known/openid-configuration']);

/** An authorization by POST and the end of a session begin with us (routes.ts). */
function isForEngineAlone({ method, path }: Context): boolean {
  return ENGINE_PATHS.has(path) && !(method === 'POST' && path === ROUTES.authorization);
}

const LIMITED = ['token', 'pushed_authorization_request', 'introspection', 'revocation'] as const;
const ABOUT_NOBODY = [ROUTES.pushed_authorization_request, ROUTES.revocation];

function routesOf(
  from: DoorDependencies,
  door: Pick<Door, 'provider' | 'registry' | 'interactions'>,
): Router {
  const { lifetimes, mode } = from.config;
  const router = createOidcRoutes(door);
  router.use(createContractRoutes({ ...from, ...door }).routes());
  router.use(createSandboxRoutes({ ...from, ...door, lifetimes, isDemo: isMadeUp(mode) }).routes());
  return router;
}

/** Where nobody is real, everybody is a persona as well. */
function isMadeUp(mode: Mode): boolean {
  return mode === 'demo' || mode === 'conformance';
}

/** Everything that outlives a rotation of keys. */
function createParts(from: DoorDependencies, registry: Registry) {
  const { issuer, lifetimes, limits, secrets, mode } = from.config;
  const ground = createGround(from);
  const { requests, states, standing, redisEpoch, storage, ask } = ground;
  const paths = LIMITED.map((name) => ROUTES[name]);
  const rate = { requests, requestLimits: createRequestLimits(), limits, paths };
  const clients = createClientAdapter({
    ...{ registry, issuer },
    onAsked: (clientId) => limitClient(rate, clientId),
    isJudgedAnew: () => isJudgedAnew(requests),
  });
  const adapterFor = (model: string): Adapter =>
    outageAdapter(model === 'Client' ? clients : storage.adapterFor(model));
  const shared = { ...from, standing, states, names: ground.names, registry, isDemo: isMadeUp(mode) };
  const aliases = createAliases(secrets.pairwiseKey);
  const refreshSeconds = lifetimes.refreshTokenSeconds;
  const release = createRelease({ ...shared, issuer, refreshSeconds, ...aliases });
  const engine = {
    ...{ ...shared, ...rate, pathsAboutNobody: ABOUT_NOBODY },
    ...{ issuer, lifetimes, cookieKey: secrets.cookieKey, adapterFor, redisEpoch },
    ...{ sessions: storage.sessions, isUnique: storage.isUnique },
    // The suite types a password everywhere, and knows no personas.
    picksPersonas: mode !== 'conformance',
    requestObjects: from.config.requestObjects,
    responseTypes: mode === 'conformance' ? RESPONSE_TYPES : (['code'] as const),
    algs: publishedAlgs(mode),
    longestSessionSeconds: longestSessionSeconds(lifetimes),
    secondFactorSeconds: lifetimes.secondFactorCountsForSeconds,
    hooks: hooksOf({ ...shared, ...aliases, requests, release, sessions: storage.sessions }),
  };
  const lookAt: LookAt = (uidDigests) => storage.sessions.lookAt(uidDigests);
  const notices = { ...shared, ask, subOf: aliases.subOf, lookAt, redisEpoch };
  return { requests, engine, notices, firstFactors: storage.adapterFor('FirstFactor') };
}

type HookDependencies = Parameters<typeof createBeginSession>[0] &
  Omit<Parameters<typeof createFindAccount>[0], 'beginSession'> &
  Parameters<typeof createLoadExistingGrant>[0] &
  Parameters<typeof createPairwiseIdentifier>[0];

function hooksOf(from: HookDependencies) {
  return {
    findAccount: createFindAccount({ ...from, beginSession: createBeginSession(from) }),
    loadExistingGrant: createLoadExistingGrant(from),
    rotateRefreshToken: createRotateRefreshToken(from),
    mayIntrospect: createIntrospectionPolicy(from),
    pairwiseIdentifier: createPairwiseIdentifier(from),
  };
}

/** What PostgreSQL and Redis know, asked once per request. */
function createGround(from: DoorDependencies) {
  const { db, redis, digests, now } = from;
  const { lifetimes } = from.config;
  const requests = createRequests();
  const states = createRequestStates(requests);
  const names = createNames(digests);
  const redisEpoch = createRedisEpoch({ redis, db, now });
  const ask = createAskStanding(from);
  const standing = createStanding({ ask, orders: from.orders, names, states, now });
  const grantSeconds = grantSecondsOf(lifetimes);
  const guard = createRecordStanding({
    ...{ db, standing, states, requests, names, redisEpoch, now, grantSeconds },
  });
  const storage = createOidcStorage({
    ...{ redis, digests, guard, requests, now },
    lifetimes: { grantSeconds, interactionSeconds: lifetimes.interactionSeconds },
  });
  return { requests, states, names, redisEpoch, ask, standing, storage };
}
