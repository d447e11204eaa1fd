import type { Context } from 'koa';
import type { Requests } from '../storage/oidc/request-notes.ts';
import { asRouted } from './rate.ts';

export interface ClientNowDependencies {
  readonly requests: Requests;
  /** Where a client asks about nobody. */
  readonly pathsAboutNobody: readonly string[];
}

/**
 * Where a client asks about nobody, no question about a person says which clients are in service (design D5): there
 * PostgreSQL is asked for their version, so that one that was shut out a moment ago gets nothing.
 */
export function judgeClientAnew(from: ClientNowDependencies, ctx: Context): void {
  if (ctx.method !== 'POST' || !from.pathsAboutNobody.includes(asRouted(ctx.path))) return;
  const notes = from.requests.current();
  if (notes) notes.isClientJudgedAnew = true;
}

/** True once in such a request. */
export function isJudgedAnew(requests: Requests): boolean {
  const notes = requests.current();
  if (!notes?.isClientJudgedAnew) return false;
  delete notes.isClientJudgedAnew;
  return true;
}
