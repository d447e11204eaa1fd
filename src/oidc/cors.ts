import type { Context } from 'koa';
import type { Registry } from '../relying-parties/registry.ts';
import { Unavailable } from '../storage/unavailable.ts';

const ALLOWED_ORIGIN = 'Access-Control-Allow-Origin';

export interface CorsDependencies {
  readonly registry: Pick<Registry, 'hasOrigin'>;
}

/**
 * A page of a registered redirect's origin may read what the engine answers; any other gets no permission from it,
 * where the engine itself would ask for the client first or not at all (discovery, keys, preflights).
 */
export async function permitRegisteredOrigins({ registry }: CorsDependencies, ctx: Context): Promise<void> {
  const origin = ctx.get('Origin');
  // No page asks: nothing to permit, and nobody to look up.
  if (origin && ctx.response.get(ALLOWED_ORIGIN) && (await isRegistered(registry, origin))) return;
  for (const name of ctx.res.getHeaderNames()) if (name.startsWith('access-control-')) ctx.remove(name);
}

/** Without PostgreSQL, of those known so far: a stranger's page makes no answer fail. */
async function isRegistered(registry: CorsDependencies['registry'], origin: string): Promise<boolean> {
  try {
    return await registry.hasOrigin(origin);
  } catch (error) {
    if (error instanceof Unavailable) return false;
    throw error;
  }
}
