import type { Context } from 'koa';
import { Unavailable } from '../../storage/unavailable.ts';

/** In a process: sign-ins need the connections more. */
const AT_ONCE = 4;

export type Counting = <T>(ctx: Context, count: () => Promise<T>) => Promise<T | undefined>;

/** Undefined, and 503: it takes longer than a statement may, or others count already. The page keeps its form. */
export function createCounting(): Counting {
  let running = 0;
  return async (ctx, count) => {
    if (running >= AT_ONCE) return refuse(ctx);
    running += 1;
    try {
      return await count();
    } catch (error) {
      if (error instanceof Unavailable) return refuse(ctx);
      throw error;
    } finally {
      running -= 1;
    }
  };
}

function refuse(ctx: Context): undefined {
  ctx.status = 503;
  ctx.set('Retry-After', '5');
  return undefined;
}
