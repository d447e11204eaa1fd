import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Router } from '@koa/router';
import Koa from 'koa';
import type { Logger } from 'pino';
import { createResetTasks } from './accounts/reset/reset-notices.ts';
import { createActivation, createActivationTasks } from './activation/activation.ts';
import { forgetRequests } from './activation/requests/store.ts';
import { createActivationRoutes } from './activation/routes.ts';
import { createAlarmTasks } from './alarms/tasks.ts';
import { createWatch, type Watch } from './alarms/watch.ts';
import { createCanaryTasks } from './canaries/tasks.ts';
import type { Config } from './config.ts';
import { createConsoleRoutes } from './console/routes.ts';
import { pauseClaims } from './crisis/pause-claims.ts';
import { installEdge } from './http/edge.ts';
import { healthRoutes } from './http/health.ts';
import { languageRoutes } from './http/language.ts';
import { createMetrics, type Metrics, serveMetrics } from './http/metrics.ts';
import { outboxRoutes } from './http/outbox-page.ts';
import { LOCALES_FOLDER, loadWords, type Words } from './http/translate.ts';
import { createLoginRoutes } from './login/routes.ts';
import { createOutbox } from './messages/outbox.ts';
import { createMyAccountRoutes } from './my-account/routes.ts';
import { createDisownClaim } from './notices/disown-claim.ts';
import { createNoticeWords } from './notices/notice-text.ts';
import { createNoticeRoutes } from './notices/routes.ts';
import { forgetLinks } from './notices/store.ts';
import { createNoticeTasks } from './notices/tasks.ts';
import { ROUTES } from './oidc/configuration.ts';
import { readDiscovery } from './oidc/discovery.ts';
import { type Door, openDoor } from './oidc/door.ts';
import { createJudged } from './orders/judged.ts';
import { openParts, type Parts, type Surroundings } from './parts.ts';
import { createPortalRoutes } from './portal/routes.ts';
import { forgetOldKeys } from './reading/once.ts';
import { forgetOldTraces } from './relying-parties/traces.ts';
import { createOfficerTasks } from './rights/officers/end-warning.ts';
import { createStaffRosters } from './roster/operations.ts';
import { loadRosterRules } from './roster/rules.ts';
import { createRosterTasks } from './roster/start.ts';
import { createPlanTasks } from './roster/start-plan.ts';
import { createPresentFactor } from './second-factors/confirm-act.ts';
import { forgetOutlived } from './sessions/forget-outlived.ts';
import { askForRunOut } from './sessions/logout-notices.ts';
import type { Db } from './storage/postgres.ts';
import { createQueue, type Queue, type Tasks } from './storage/queue.ts';
import { queueDepth } from './storage/queue-depth.ts';
import { createAddresses } from './throttling/addresses.ts';
import { forgetAttempts } from './throttling/attempts.ts';

export interface App {
  readonly koa: Koa;
  readonly door: Door;
  readonly metrics: Metrics;
  /** Runs what the acts of every process left to do; it starts with the server. */
  readonly queue: Queue;
  /** Tells relying parties of sign-outs, in a queue of its own: one that hangs delays no mail. */
  readonly notices: Queue;
  /** From now on `/health/ready` says no: the load balancer sends nobody here any more. */
  startStopping(): void;
  close(): void;
}

const NOTICES_AT_ONCE = 8;

/** Every page and the engine, on parts that are open. Listens to nothing yet. */
export async function createApp(parts: Parts): Promise<App> {
  const { config, db, redis, logger } = parts;
  const metrics = createMetrics();
  measureQueue(metrics, db);
  const door = await openDoor(parts);
  let isStopping = false;

  const koa = new Koa();
  installEdge(koa, { config, logger, figures: metrics });
  koa.use(door.straightToEngine);
  koa.use(healthRoutes({ db, redis, isStopping: () => isStopping }).routes());
  koa.use(door.aroundRequests);
  for (const router of createRouters(parts, door, metrics)) koa.use(router.routes());
  koa.use(door.engine);
  return {
    koa,
    door,
    metrics,
    queue: createQueue({ pool: parts.stores.pool, tasks: createTasks(parts), log: logger, now: parts.now }),
    notices: createQueue({
      ...{ pool: parts.stores.pool, tasks: door.tasks, log: logger, now: parts.now },
      concurrency: NOTICES_AT_ONCE,
    }),
    startStopping: () => {
      isStopping = true;
    },
    close: () => door.stop(),
  };
}

const QUEUE_STATES = ['due', 'later', 'retrying', 'running', 'failed'] as const;

/** The numbers are the instance's, whichever process is asked. */
function measureQueue(metrics: Metrics, db: Db): void {
  metrics.gauge({
    name: 'preau_queue_jobs',
    help: 'work to come, by task and state',
    labels: ['task', 'state'],
    ask: async () => {
      const kinds = await queueDepth(db);
      return kinds.flatMap(({ task, ...depth }) =>
        QUEUE_STATES.map((state) => ({ labels: { task, state }, value: depth[state] })),
      );
    },
  });
}

/** Everything that the queue may be asked to do, by the folders whose work it is. */
function createTasks(parts: Parts): Tasks {
  const words = wordsOf(parts);
  return {
    ...createActivationTasks({ ...parts, words }),
    ...createAlarmTasks({ ...parts, words, issuer: parts.config.issuer }),
    ...createCanaryTasks({ ...parts, settings: parts.config.canaries }),
    ...createNoticeTasks({ ...parts, words: createNoticeWords(words), ...noticeSettings(parts) }),
    ...createResetTasks({ ...parts, words }),
    ...createRosterTasks({ ...parts, rules: loadRosterRules(), settings: parts.config.roster }),
    ...createPlanTasks({ ...parts, rules: loadRosterRules(), settings: parts.config.roster }),
    ...createOfficerTasks({ ...parts, words, issuer: parts.config.issuer }),
  };
}

function noticeSettings({ config }: Parts): { issuer: string; noticeDays: number } {
  return { issuer: config.issuer, noticeDays: config.activation.noticeDays };
}

/** Of the messages; a page brings its own. */
function wordsOf({ config, logger }: Parts): Words {
  return loadWords({
    folder: LOCALES_FOLDER,
    strict: config.mode === 'test',
    onMissing: (missing) => logger.warn(missing, 'words are missing'),
  });
}

/** Our own pages, in the order of the folders; the engine's host routes last. */
function createRouters(parts: Parts, door: Door, metrics: Metrics): Router[] {
  const { config, redis, digests, keyRing, now } = parts;
  const { issuer, limits, lifetimes, secrets } = config;
  const addresses = createAddresses({ redis, digests, limits, count: metrics.count });
  const activation = createActivation(parts);
  return [
    languageRoutes(),
    outboxRoutes({ mode: config.mode, issuer, outbox: createOutbox({ ...parts, mode: config.mode }) }),
    createMyAccountRoutes({
      ...{ ...parts, limits, lifetimes, issuer, own: door.own, registry: door.registry },
      ...{ activation, presentFactor: createPresentFactor({ ...parts, limits }) },
      authorizationEndpoint: ROUTES.authorization,
      recoveryHoldHours: config.activation.recoveryHoldHours,
    }),
    createActivationRoutes({
      ...{ activation, addresses, digests, now, sealer: keyRing, cookieKey: secrets.cookieKey },
      addressWindowSeconds: limits.addressWindowSeconds,
      ceremonySeconds: config.activation.ceremonySeconds,
      signIn: async (ctx, signIn) => void (await door.own.beginSession(ctx, signIn)),
    }),
    createNoticeRoutes({
      ...{ disownClaim: createDisownClaim(parts), addresses },
      addressWindowSeconds: limits.addressWindowSeconds,
    }),
    createConsoleRoutes({
      ...{ ...parts, limits, lifetimes, issuer, activation, own: door.own, cookieKey: secrets.cookieKey },
      rosters: createStaffRosters({ ...parts, judged: createJudged(parts), settings: config.roster }),
      uploadBytes: config.roster.uploadBytes,
    }),
    createPortalRoutes({
      ...{ ...parts, issuer, discovery: () => readDiscovery(door.provider()) },
      isOpen: config.mode === 'conformance',
    }),
    createLoginRoutes({
      ...{ ...parts, limits, lifetimes, addresses, interactions: door.interactions },
      highestAcr: config.activation.highestAcr,
    }),
    door.routes,
  ];
}

export interface Preau {
  readonly parts: Parts;
  readonly app: App;
  readonly port: number;
  /** Stops accepting, lets finish what runs, then closes everything it opened. */
  stop(): Promise<void>;
}

/** The whole of Préau: stores, parts, pages, metrics; listening when it resolves. */
export async function startPreau(
  config: Config,
  logger: Logger,
  surroundings: Omit<Surroundings, 'logger'> = {},
): Promise<Preau> {
  const parts = await openParts(config, 'server', { ...surroundings, logger });
  const opened: Server[] = [];
  try {
    const app = await createApp(parts);
    opened.push(...(await listenAll(app.koa, config)));
    opened.push(await serveMetrics(app.metrics, { host: config.metricsHost, port: config.metricsPort }));
    await Promise.all([app.queue.start(), app.notices.start()]);
    const alarms = watchForAlarms(parts);
    const housekeeping = setInterval(() => void keepHouse(parts), HOUR).unref();
    const runOut = setInterval(() => void lookForRunOut(parts), MINUTE).unref();
    const stop = async (): Promise<void> => {
      clearInterval(housekeeping);
      clearInterval(runOut);
      app.startStopping();
      const running = [alarms.stop(), app.queue.stop(), app.notices.stop()];
      await Promise.all([...opened.map(endServer), ...running]);
      app.close();
      await parts.close();
    };
    return { parts, app, port: portOf(opened[0]), stop };
  } catch (error) {
    await Promise.all(opened.map(endServer));
    await parts.close();
    throw error;
  }
}

const HOUR = 3_600_000;
const MINUTE = 60_000;

function watchForAlarms({ db, config, now, logger }: Parts): Watch {
  const watch = createWatch({ db, settings: config.alarms, now, log: logger, pauseClaims });
  watch.start();
  return watch;
}

async function lookForRunOut({ db, logger }: Parts): Promise<void> {
  await askForRunOut(db).catch((error) => logger.warn({ err: error }, 'nobody looks which sessions ran out'));
}

async function keepHouse({ db, now, logger }: Parts): Promise<void> {
  const at = now();
  await Promise.all([
    forgetOutlived(db, at),
    forgetOldKeys(db, at),
    forgetRequests(db, at),
    forgetLinks(db, at),
    forgetOldTraces(db, at),
    forgetAttempts(db, at),
  ]).catch((error) => logger.warn({ err: error }, 'not everything was tidied up'));
}

/** On every host the same port: with port 0, the one that the first was given. */
async function listenAll(koa: Koa, { hosts, port }: Pick<Config, 'hosts' | 'port'>): Promise<Server[]> {
  if (hosts.length === 0) return [await listen(koa, { port })];
  const servers: Server[] = [];
  for (const host of hosts) {
    try {
      servers.push(await listen(koa, { host, port: port || portOf(servers[0]) }));
    } catch (error) {
      // A machine without IPv6 has no ::1.
      const isAbsent = /^(EADDRNOTAVAIL|EAFNOSUPPORT)$/.test(String((error as NodeJS.ErrnoException).code));
      if (isAbsent && servers.length > 0) continue;
      await Promise.all(servers.map(endServer));
      throw error;
    }
  }
  return servers;
}

async function listen(koa: Koa, at: { host?: string; port: number }): Promise<Server> {
  const server = createServer(koa.callback());
  // A client that sends its head or body drop by drop holds no connection for ever.
  server.headersTimeout = 15_000;
  server.requestTimeout = 30_000;
  server.listen(at);
  await once(server, 'listening');
  return server;
}

function endServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

function portOf(server: Server | undefined): number {
  return (server?.address() as AddressInfo | null)?.port ?? 0;
}
