import type { Context, Middleware } from 'koa';
import type { Settings } from '../config.ts';
import { limitKey } from '../http/client-address.ts';
import { clientAddressOf } from '../http/request.ts';
import type { Requests } from '../storage/oidc/request-notes.ts';
import type { RequestLimits } from '../throttling/requests.ts';

export interface RateDependencies {
  readonly requests: Requests;
  readonly requestLimits: RequestLimits;
  readonly limits: Pick<Settings['limits'], 'requestsPerMinute'>;
  /** Where machines ask: token, pushed requests, introspection, revocation, registration. */
  readonly paths: readonly string[];
}

/** As the engine reads errors (helpers/err_out.js): an answer of its own, and nothing taken to a relying party. */
class TooManyRequests extends Error {
  readonly status = 429;
  readonly statusCode = 429;
  readonly expose = true;
  readonly allow_redirect = false;
  readonly error = 'temporarily_unavailable';
  readonly error_description = 'too many requests: wait as Retry-After says';
}

/**
 * RFC 6585 §4. By address first: whoever only pretends to be a client takes nothing of that client's share elsewhere.
 * True: the request is answered, and goes no further.
 */
export function refuseTooOften(from: RateDependencies, ctx: Context): boolean {
  if (ctx.method !== 'POST' || !from.paths.includes(asRouted(ctx.path))) return false;
  const address = limitKey(clientAddressOf(ctx));
  const wait = from.requestLimits.take(address, from.limits.requestsPerMinute.address);
  if (wait !== undefined) {
    refuse(ctx, wait);
    return true;
  }
  const notes = from.requests.current();
  if (notes) notes.askedFrom = address;
  return false;
}

/** Where `limitClient` made the engine refuse. */
export function tellWait(requests: Requests, ctx: Context): void {
  if (ctx.status !== 429) return;
  const { retryAfter } = requests.current() ?? {};
  if (retryAfter) ctx.set('Retry-After', String(retryAfter));
}

/** The engine's router takes `/TOKEN` and `/token/` for `/token`. */
export function asRouted(path: string): string {
  return path.toLowerCase().replace(/\/+$/, '');
}

/** No endpoints of the engine's: clients are registered over both. */
export function limitRegistrations(from: Pick<RateDependencies, 'requestLimits' | 'limits'>): Middleware {
  return async (ctx, next) => {
    if (!/^\/(registration|api\/v1)(\/|$)/.test(asRouted(ctx.path))) return next();
    const who = `registration ${limitKey(clientAddressOf(ctx))}`;
    const wait = from.requestLimits.take(who, from.limits.requestsPerMinute.registration);
    if (wait === undefined) return next();
    refuse(ctx, wait);
  };
}

/** Where the engine learns who asks. */
export function limitClient({ requests, requestLimits, limits }: RateDependencies, clientId: string): void {
  const notes = requests.current();
  if (!notes?.askedFrom) return;
  const { askedFrom } = notes;
  delete notes.askedFrom;
  const wait = requestLimits.take(`${clientId} ${askedFrom}`, limits.requestsPerMinute.clientAndAddress);
  if (wait === undefined) return;
  notes.retryAfter = wait;
  throw new TooManyRequests('temporarily_unavailable');
}

function refuse(ctx: Context, wait: number): void {
  ctx.status = 429;
  ctx.set('Retry-After', String(wait));
  const { error, error_description } = new TooManyRequests();
  ctx.body = { error, error_description };
}
