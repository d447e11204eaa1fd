import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Actor } from '../../audit/actor.ts';
import type { Digests } from '../../crypto/digests.ts';
import type { RelyingParty } from '../../relying-parties/relying-party.ts';
import { selectRelyingParty } from '../../relying-parties/store.ts';
import { selectApiToken } from '../../relying-parties/tokens/store.ts';
import type { Db } from '../../storage/postgres.ts';
import { bearerOf } from '../bearer.ts';
import { answerInJson, readJson } from '../json-body.ts';
import * as clients from './clients.ts';
import * as contracts from './contracts.ts';
import { openApi } from './openapi.ts';
import { problem } from './problem.ts';
import * as traces from './traces.ts';

export interface ApiDependencies {
  readonly db: Db;
  readonly digests: Digests;
  readonly issuer: string;
  readonly now: () => Date;
}

/** One request of a publisher: it acts on its own clients, and another's look like none. */
export interface Call {
  readonly from: ApiDependencies;
  readonly ctx: Context;
  readonly by: Actor;
  readonly publisher: string;
  /** Of a request with a body. */
  readonly body: Record<string, unknown>;
}

export type CallOnClient = Call & { readonly party: RelyingParty };

type Method = 'get' | 'post' | 'put' | 'delete';

/** Every route of the API, as the OpenAPI document names it. */
export const ROUTES: readonly [Method, string, (call: CallOnClient) => Promise<void>][] = [
  ['get', '/clients', clients.list],
  ['post', '/clients', clients.register],
  ['get', '/clients/:client_id', clients.show],
  ['put', '/clients/:client_id', clients.update],
  ['delete', '/clients/:client_id', clients.remove],
  ['get', '/clients/:client_id/change', clients.showChange],
  ['post', '/clients/:client_id/secret', clients.rotateSecret],
  ['post', '/clients/:client_id/suspend', clients.suspend],
  ['post', '/clients/:client_id/resume', clients.resume],
  ['get', '/clients/:client_id/contract', contracts.show],
  ['post', '/clients/:client_id/contract', contracts.propose],
  ['post', '/clients/:client_id/contract/request', contracts.request],
  ['get', '/traces/:number', traces.show],
];

export const API = '/api/v1';

/** The HTTP API for publishers, under a token of theirs. What they may not do is decided by operators and officers. */
export function createApiRoutes(from: ApiDependencies): Router {
  const router = new Router();
  router.use(answerInJson);
  router.get('/api/openapi.json', (ctx) => {
    ctx.body = openApi(from.issuer);
  });
  for (const [method, path, act] of ROUTES) router[method](`${API}${path}`, (ctx) => answer(from, ctx, act));
  return router;
}

async function answer(
  from: ApiDependencies,
  ctx: Context,
  act: (call: CallOnClient) => Promise<void>,
): Promise<void> {
  ctx.set('Cache-Control', 'no-store');
  const token = bearerOf(ctx);
  const known =
    token && (await selectApiToken(from.db, from.digests.of('registration-token', token), from.now()));
  if (!known) {
    ctx.set('WWW-Authenticate', 'Bearer');
    return problem(ctx, 401, 'a token for the API is needed');
  }
  const { client_id: clientId } = ctx.params as { client_id?: string };
  const party = clientId === undefined ? undefined : await selectRelyingParty(from.db, clientId);
  const isOwn = clientId === undefined || party?.publisher.id === known.publisher;
  if (!isOwn) return problem(ctx, 404, 'no such client');
  const body = await bodyOf(ctx);
  if (!body) return problem(ctx, 400, 'a JSON object is needed, of 64 KiB at most');
  const by: Actor = { kind: 'system', name: `api token ${known.id}` };
  await act({ from, ctx, by, publisher: known.publisher, body, party: party as RelyingParty });
}

async function bodyOf(ctx: Context): Promise<Record<string, unknown> | undefined> {
  // In pieces it comes without a length (RFC 9112 §7.1).
  const hasBody = (ctx.request.length ?? 0) > 0 || ctx.get('transfer-encoding') !== '';
  if (ctx.method === 'GET' || ctx.method === 'DELETE' || !hasBody) return {};
  const body = await readJson(ctx);
  if (body.outcome === 'not-json') return undefined;
  const { value } = body;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : undefined;
}
