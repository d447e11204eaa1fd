import type { Middleware } from 'koa';
import type { Registry } from '../relying-parties/registry.ts';

const ALLOWED_ORIGIN = 'Access-Control-Allow-Origin';

/**
 * A page of a registered redirect's origin may read what the engine answers; any other gets no permission from it,
 * where the engine itself would ask for the client first or not at all (discovery, keys, preflights).
 */
export function allowRegisteredOrigins(registry: Pick<Registry, 'hasOrigin'>): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.response.get(ALLOWED_ORIGIN) && registry.hasOrigin(ctx.get('Origin'))) return;
    for (const name of ctx.res.getHeaderNames()) if (name.startsWith('access-control-')) ctx.remove(name);
  };
}
