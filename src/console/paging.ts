import type { Context } from 'koa';

const PAGE = 50;

export interface Pages {
  current: number;
  total: number;
}

/** Lists are pages of at most fifty; a number that is none is the first. */
export function pageOf<T>(ctx: Context, all: readonly T[], size = PAGE): { shown: T[]; pages: Pages } {
  const total = Math.max(1, Math.ceil(all.length / size));
  const current = Math.min(total, Math.max(1, Math.trunc(Number(ctx.query.page)) || 1));
  return { shown: all.slice((current - 1) * size, current * size), pages: { current, total } };
}
