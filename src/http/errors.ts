import type { Context, Middleware } from 'koa';
import { errorPage } from '../../views/error.ts';
import { Unavailable } from '../storage/unavailable.ts';
import { describeError } from './error-log.ts';
import { Refusal, reasonOf } from './refusal.ts';
import { render } from './render.ts';
import { edgeOf, requestIdOf } from './request.ts';
import { setSecurityHeaders } from './security-headers.ts';

/** Catches whatever is thrown behind it, and gives a page to an answer that has none. */
export function answerErrors(): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status >= 400 && !ctx.body) showRefusal(ctx, new Refusal(reasonOf(ctx.status)));
    } catch (error) {
      answerError(ctx, error);
    }
  };
}

/** For the engine's middleware too: clears all that a failed step set, then answers. */
export function answerError(ctx: Context, error: unknown): void {
  const refusal = refusalFor(error);
  logRefusal(ctx, refusal, error);
  if (ctx.headerSent) {
    ctx.res.destroy();
    return;
  }
  // A failed step may have left its Location or its cookies.
  for (const name of ctx.res.getHeaderNames()) ctx.res.removeHeader(name);
  setSecurityHeaders(ctx);
  try {
    showRefusal(ctx, refusal);
  } catch (failure) {
    logRefusal(ctx, new Refusal('unexpected'), failure);
    lastResort(ctx);
  }
}

function refusalFor(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof Unavailable) return new Refusal('unavailable', { retryAfter: error.retryAfter });
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  // koa's, the router's and the body parser's own: "entity too large" and the like.
  if (typeof status === 'number' && status >= 400 && status < 500) return new Refusal(reasonOf(status));
  return new Refusal('unexpected');
}

function logRefusal(ctx: Context, refusal: Refusal, error: unknown): void {
  const { logger } = edgeOf(ctx);
  const requestId = requestIdOf(ctx);
  if (refusal.reason === 'unexpected')
    logger.error({ requestId, error: describeError(error) }, 'unexpected error');
  else if (refusal.reason === 'unavailable')
    logger.warn({ requestId, error: describeError(error) }, 'unavailable');
  else logger.info({ requestId, reason: refusal.reason }, 'refused');
}

function showRefusal(ctx: Context, refusal: Refusal): void {
  const { reason, status, retryAfter } = refusal;
  const requestId = requestIdOf(ctx);
  ctx.status = status;
  if (retryAfter !== undefined) ctx.set('Retry-After', String(Math.max(1, Math.ceil(retryAfter))));
  ctx.vary('Accept');
  if (ctx.accepts('html', 'json') === 'json')
    ctx.body = { error: reason.replace('-', '_'), trace: requestId };
  else render(ctx, errorPage, { reason, retryAfter });
}

/** Where even the page failed. Needs no words file. */
function lastResort(ctx: Context): void {
  ctx.status = 500;
  ctx.type = 'text/plain; charset=utf-8';
  ctx.body = `Préau ne peut pas répondre. Réessayez. / Préau cannot answer. Please try again.\n${requestIdOf(ctx)}\n`;
}
