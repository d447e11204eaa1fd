import type { Context } from 'koa';

/** RFC 6750 §2.1; the other ways of the RFC are not understood. */
export function bearerOf(ctx: Context): string | undefined {
  return /^Bearer ([A-Za-z0-9._~+/-]{16,512}=*)$/i.exec(ctx.get('authorization'))?.[1];
}
