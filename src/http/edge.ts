import type Koa from 'koa';
import type { Logger } from 'pino';
import { standAt } from './addresses.ts';
import { loadAssets } from './assets.ts';
import { createClientAddress } from './client-address.ts';
import { createCookies } from './cookies.ts';
import { createCsrf } from './csrf.ts';
import { describeError } from './error-log.ts';
import { answerErrors } from './errors.ts';
import type { Metrics } from './metrics.ts';
import { Refusal } from './refusal.ts';
import { beginRequest, type Edge } from './request.ts';
import { createRequestIds } from './request-id.ts';
import { noteWhenAnswered } from './request-log.ts';
import { setSecurityHeaders } from './security-headers.ts';
import { LOCALES_FOLDER, loadWords } from './translate.ts';

export interface Dependencies {
  config: {
    issuer: string;
    mode: string;
    secrets: { cookieKey: Buffer };
    trustedProxies: readonly string[];
  };
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Counts the answers. */
  figures?: Pick<Metrics, 'answered'>;
}

/** The first thing an app gets: what it installs stands around every route and around the engine. */
export function installEdge(app: Koa, dependencies: Dependencies): Edge {
  const edge = createEdge(dependencies);
  const generateRequestId = createRequestIds();
  app.keys = edge.cookies.keys;
  // A proxy may have ended TLS: koa would send no cookie that is Secure.
  standAt(app, edge.issuer);
  // koa's own: an answer that broke off. What a route throws never comes this far.
  app.on('error', (error) => edge.logger.warn({ error: describeError(error) }, 'answer broken off'));
  app.use((ctx, next) => {
    beginRequest(ctx, edge, generateRequestId());
    setSecurityHeaders(ctx);
    noteWhenAnswered(ctx, dependencies.figures);
    return next();
  });
  app.use(answerErrors());
  app.use(refuseUnreadable);
  app.use(edge.assets.serve);
  return edge;
}

/** A request may name a whole address (RFC 9112 §3.2.2); over one that is none koa stumbles when asked for its path. */
function refuseUnreadable({ req }: Koa.Context, next: Koa.Next): Promise<unknown> {
  const target = req.url ?? '';
  if (!target.startsWith('/') && !URL.canParse(target)) throw new Refusal('bad-request');
  return next();
}

function createEdge({ config, logger }: Dependencies): Edge {
  const { issuer, mode } = config;
  const { cookieKey } = config.secrets;
  const cookies = createCookies({ issuer, cookieKey });
  const onMissing = (missing: object): void => logger.warn(missing, 'words are missing');
  return {
    issuer,
    logger,
    words: loadWords({ folder: LOCALES_FOLDER, strict: mode === 'test', onMissing }),
    assets: loadAssets(),
    cookies,
    csrf: createCsrf({ issuer, cookieKey, cookies }),
    clientAddress: createClientAddress(config.trustedProxies),
  };
}
