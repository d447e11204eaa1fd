import type { Context } from 'koa';
import type { Metrics } from './metrics.ts';
import { edgeOf, requestIdOf } from './request.ts';

/**
 * One line per request, when its answer is out, and one more in the figures. Words of our own addresses only: no query,
 * body, cookie, code, name or id, and nothing that a sender could use to write a line of their own.
 */
export function noteWhenAnswered(ctx: Context, figures?: Pick<Metrics, 'answered'>): void {
  const { logger } = edgeOf(ctx);
  const requestId = requestIdOf(ctx);
  const start = performance.now();
  const { req, res, method } = ctx;
  const path = wordsOf(req.url ?? '/');
  res.once('close', () => {
    const milliseconds = performance.now() - start;
    const status = res.statusCode;
    figures?.answered({ method, status, milliseconds });
    const line = { requestId, method, path, status, ms: Math.round(milliseconds * 10) / 10 };
    if (res.writableFinished) logger.info(line, 'request');
    else logger.info({ ...line, aborted: true }, 'request');
  });
}

/** `/interaction/q7Xv…/otp?x=1` → `/interaction/:/otp`. */
export function wordsOf(url: string): string {
  const path = url.slice(0, 300).replace(/[?#].*$/s, '');
  const segments = path.split('/').slice(1, 7);
  return `/${segments.map((segment) => (isWord(segment) ? segment : ':')).join('/')}`;
}

// A code has 16 characters and nearly always a digit; our own addresses have short words.
function isWord(segment: string): boolean {
  if (segment === '.well-known' || segment === 'openid-configuration' || segment === '') return true;
  return /^[a-z]{1,15}(?:-[a-z]{1,15})*$/.test(segment) && segment.length <= 30;
}
