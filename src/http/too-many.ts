import type { Context } from 'koa';

/** RFC 6585 §4: too many, and when again. Answers in how many seconds that is; the page is the caller's. */
export function answerTooMany(ctx: Context, { until, at }: { until: Date; at: Date }): number {
  const seconds = Math.max(1, Math.ceil((until.getTime() - at.getTime()) / 1000));
  ctx.status = 429;
  ctx.set('Retry-After', String(seconds));
  return seconds;
}
