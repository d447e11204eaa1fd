import type { Context, Middleware } from 'koa';
import type { Provider } from 'oidc-provider';
import { Refusal } from '../http/refusal.ts';
import type { Requests } from '../storage/oidc/request-notes.ts';

/** One set of notes for all that one request asks of the engine's storage. */
export function createAroundRequests(requests: Requests): Middleware {
  return (_, next) => requests.run(next);
}

export function noteWhoAsks(requests: Requests, ctx: Context): void {
  const notes = requests.current();
  if (!notes) return;
  const { client_id: clientId } = ctx.query;
  if (typeof clientId === 'string') notes.clientId = clientId;
  if (ctx.get('dpop')) notes.proof = ctx.get('dpop');
}

/** Hands the request to the engine of now. */
export function createEngineGate(provider: () => Provider): Middleware {
  const callbacks = new WeakMap<Provider, ReturnType<Provider['callback']>>();
  const callbackOf = (engine: Provider) => {
    const callback = callbacks.get(engine) ?? engine.callback();
    callbacks.set(engine, callback);
    return callback;
  };
  return async (ctx: Context) => {
    if (!ctx.req.url?.startsWith('/')) throw new Refusal('bad-request');
    ctx.respond = false;
    await callbackOf(provider())(ctx.req, ctx.res);
  };
}
