import type { Context, Middleware } from 'koa';
import type { Provider } from 'oidc-provider';
import { Refusal } from '../http/refusal.ts';
import type { Requests } from '../storage/oidc/request-notes.ts';
import { ROUTES } from './configuration.ts';
import { asRouted } from './rate.ts';

type Mounted = (ctx: Context) => Promise<unknown>;
/** Its types leave out what koa makes one function of its steps with. */
type Mountable = Provider & { compose(steps: Provider['middleware']): Mounted };

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
  if (ctx.method === 'POST' && asRouted(ctx.path) === ROUTES.revocation) notes.givesBack = true;
}

/**
 * Hands the request to the engine of now, mounted in the app's own context (as koa-mount does): one context, one jar of
 * cookies, whose keys are the engine's too, and one answer, which the edge gives.
 */
export function createEngineGate(provider: () => Provider): Middleware {
  const mounted = new WeakMap<Provider, Mounted>();
  const mount = (engine: Provider): Mounted => {
    const known = mounted.get(engine) ?? (engine as Mountable).compose(engine.middleware);
    mounted.set(engine, known);
    return known;
  };
  return (ctx) => {
    // As it was sent: a route of ours may have written it anew, and koa takes a host from it.
    if (!ctx.originalUrl.startsWith('/')) throw new Refusal('bad-request');
    letGoOnceAnswered(ctx);
    return mount(provider())(ctx);
  };
}

/**
 * The engine gives each context a getter for `oidc` of its own. V8 puts what belongs to a getter where only a collection of
 * all memory looks: whatever it leads to, which is all that a request had, would be copied about and stay until then.
 * Whoever goes on after the answer takes what they need before.
 */
function letGoOnceAnswered(ctx: Context): void {
  const { res } = ctx;
  res.once('close', () => {
    // One that broke off may still be worked on, and koa tells its error to the context.
    if (!res.writableFinished) return;
    const { oidc } = ctx as Context & { oidc?: object };
    if (oidc) empty(oidc);
    empty(ctx);
  });
}

function empty(held: object): void {
  for (const name of Reflect.ownKeys(held)) if (name !== 'oidc') Reflect.set(held, name, undefined);
}
