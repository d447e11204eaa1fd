import type { Middleware } from 'koa';
import type { Requests } from '../storage/oidc/request-notes.ts';
import { asRouted } from './rate.ts';

/**
 * Where a client asks about nobody, no question about a person says which clients are in service (design D5): there
 * PostgreSQL is asked for their version, so that one that was shut out a moment ago gets nothing.
 */
export function judgeClientAnew(from: {
  requests: Requests;
  pathsAboutNobody: readonly string[];
}): Middleware {
  return (ctx, next) => {
    const notes = from.requests.current();
    if (notes && from.pathsAboutNobody.includes(asRouted(ctx.path))) notes.isClientJudgedAnew = true;
    return next();
  };
}

/** True once in such a request. */
export function isJudgedAnew(requests: Requests): boolean {
  const notes = requests.current();
  if (!notes?.isClientJudgedAnew) return false;
  delete notes.isClientJudgedAnew;
  return true;
}
