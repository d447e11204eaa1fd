import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Actor } from '../audit/actor.ts';
import type { Digests } from '../crypto/digests.ts';
import { randomToken } from '../crypto/tokens.ts';
import type { Remote } from '../http/remote.ts';
import { isSecretOf } from '../relying-parties/client-secret.ts';
import { createDeleteClient } from '../relying-parties/delete-client.ts';
import { createRegisterClient } from '../relying-parties/register-client.ts';
import type { RelyingParty } from '../relying-parties/relying-party.ts';
import { problemOfSector } from '../relying-parties/sector.ts';
import { selectRelyingParty } from '../relying-parties/store.ts';
import { digestsOfToken, nextRegistrationToken } from '../relying-parties/tokens/registration-token.ts';
import {
  endFormerToken,
  selectInitialToken,
  selectRegistrationToken,
} from '../relying-parties/tokens/store.ts';
import { createUpdateClient } from '../relying-parties/update-client.ts';
import type { Db } from '../storage/postgres.ts';
import { bearerOf } from './bearer.ts';
import { answerInJson, readJson } from './json-body.ts';

export interface RegistrationDependencies {
  readonly db: Db;
  readonly digests: Digests;
  readonly issuer: string;
  readonly now: () => Date;
  readonly remote: Pick<Remote, 'get'>;
  /** For tests alone: whoever shows no token registers all the same, also without PKCE or for the implicit flow. */
  readonly isOpen: boolean;
}

export const REGISTRATION = '/registration';

/**
 * RFC 7591 and 7592: under an initial access token, into the sandbox. A secret is shown once; GET and PUT never show
 * one, and nobody changes a client's publisher. What was approved is no longer changed here.
 */
export function createRegistrationRoutes(from: RegistrationDependencies): Router {
  const router = new Router();
  router.use(answerInJson);
  router.post(REGISTRATION, (ctx) => register(from, ctx));
  const managed = (act: Act) => (ctx: Context) => manage(from, ctx, act);
  router.get(`${REGISTRATION}/:clientId`, managed(show));
  router.put(`${REGISTRATION}/:clientId`, managed(update));
  router.delete(`${REGISTRATION}/:clientId`, managed(remove));
  return router;
}

const BY: Actor = { kind: 'system', name: 'dynamic registration' };

async function register(from: RegistrationDependencies, ctx: Context): Promise<void> {
  const opened = await openedBy(from, ctx);
  if (!opened) return refuseToken(ctx);
  const body = await readJson(ctx);
  if (body.outcome === 'not-json' || !isObject(body.value)) return refuse(ctx, 'a JSON object is needed');
  // Ids and secrets are ours to draw (RFC 7591 §3.1).
  const { client_id: _, client_secret: __, ...given } = body.value;
  const sector = await problemOfSector(from.remote, given);
  if (sector) return refuse(ctx, sector);
  const metadata = from.isOpen ? withoutPkce(given) : given;
  const token = randomToken();
  const result = await createRegisterClient({ ...from, speaksImplicit: from.isOpen })(BY, {
    ...{ metadata, publisher: opened.publisher, under: opened.id, landing: 'sandbox' },
    managedWith: from.digests.of('registration-token', token),
  });
  if (result.outcome === 'taken') return refuse(ctx, 'try again');
  if (result.outcome === 'token-ended') return refuseToken(ctx);
  if (result.outcome === 'too-many') return refuseMore(ctx);
  if (result.outcome === 'invalid') return refuse(ctx, result.problems.join('; '));
  const { publisher: ___, ...client } = result.client;
  ctx.status = 201;
  answer(ctx, {
    ...client,
    client_id_issued_at: Math.floor(from.now().getTime() / 1000),
    ...managementOf(from, client.client_id, token),
  });
}

async function openedBy(
  { db, digests, now, isOpen }: RegistrationDependencies,
  ctx: Context,
): Promise<{ id?: string; publisher: string } | undefined> {
  const token = bearerOf(ctx);
  if (token) return selectInitialToken(db, digests.of('registration-token', token), now());
  return isOpen ? { publisher: 'OpenID Foundation' } : undefined;
}

/** Where the registration does not say; a public client never goes without. */
function withoutPkce(metadata: Record<string, unknown>): Record<string, unknown> {
  return { require_pkce: metadata.token_endpoint_auth_method === 'none', ...metadata };
}

interface Managed {
  readonly party: RelyingParty;
  readonly shown: string;
  /** To be shown from now on. */
  readonly token: string;
}

type Act = (from: RegistrationDependencies, ctx: Context, managed: Managed) => Promise<void>;

async function manage(from: RegistrationDependencies, ctx: Context, act: Act): Promise<void> {
  const managed = await managedBy(from, bearerOf(ctx));
  if (!managed || managed.party.clientId !== ctx.params.clientId) return refuseToken(ctx);
  await act(from, ctx, managed);
}

async function managedBy(
  { db, digests, now }: RegistrationDependencies,
  shown: string | undefined,
): Promise<Managed | undefined> {
  if (!shown) return undefined;
  const both = digestsOfToken(digests, shown);
  const found = await selectRegistrationToken(db, { ...both, at: now() });
  const party = found && (await selectRelyingParty(db, found.clientId));
  if (!found || !party) return undefined;
  if (found.token === 'former') return { party, shown, token: nextRegistrationToken(digests, shown) };
  await endFormerToken(db, both);
  return { party, shown, token: shown };
}

async function show(from: RegistrationDependencies, ctx: Context, { party, token }: Managed): Promise<void> {
  answer(ctx, { ...shownOf(party), ...managementOf(from, party.clientId, token) });
}

/** RFC 7592 §2.2: the next token with the answer. Of several changes at once one is made, and the others are told. */
async function update(
  from: RegistrationDependencies,
  ctx: Context,
  { party, shown }: Managed,
): Promise<void> {
  const { clientId } = party;
  const body = await readJson(ctx);
  if (body.outcome === 'not-json' || !isObject(body.value)) return refuse(ctx, 'a JSON object is needed');
  const { client_id, client_secret, ...metadata } = body.value;
  if (client_id !== clientId) return refuse(ctx, 'client_id: must be the one of this client');
  if (client_secret !== undefined && !isKnownSecret(from, party, client_secret))
    return refuse(ctx, 'client_secret: must be the one of this client');
  const sector = await problemOfSector(from.remote, metadata);
  if (sector) return refuse(ctx, sector);
  const managedWith = digestsOfToken(from.digests, shown);
  const result = await createUpdateClient(from)(BY, { clientId, metadata, within: 'sandbox', managedWith });
  if (result.outcome === 'overtaken') return refuseOvertaken(ctx);
  if (result.outcome === 'approved') return refuseApproved(ctx);
  if (result.outcome === 'invalid') return refuse(ctx, result.problems.join('; '));
  if (result.outcome !== 'updated') return refuseToken(ctx);
  const token = nextRegistrationToken(from.digests, shown);
  await show(from, ctx, { party: { ...party, metadata: result.metadata }, shown, token });
}

async function remove(from: RegistrationDependencies, ctx: Context, { party }: Managed): Promise<void> {
  const { clientId } = party;
  const { outcome } = await createDeleteClient(from)(BY, { clientId, within: 'sandbox' });
  if (outcome === 'approved') return refuseApproved(ctx);
  ctx.status = 204;
}

function shownOf({ clientId, metadata, createdAt }: RelyingParty): object {
  return {
    client_id: clientId,
    client_id_issued_at: Math.floor(createdAt.getTime() / 1000),
    ...metadata,
  };
}

function managementOf({ issuer }: RegistrationDependencies, clientId: string, token: string): object {
  return {
    registration_client_uri: `${issuer}${REGISTRATION}/${clientId}`,
    registration_access_token: token,
  };
}

function isKnownSecret(
  { digests, now }: RegistrationDependencies,
  party: RelyingParty,
  given: unknown,
): boolean {
  return typeof given === 'string' && isSecretOf(digests, party, { secret: given, at: now() });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function answer(ctx: Context, body: object): void {
  ctx.set('Cache-Control', 'no-store');
  ctx.body = body;
}

function refuse(ctx: Context, why: string): void {
  const isRedirect = /^redirect_uris/.test(why);
  ctx.status = 400;
  answer(ctx, {
    error: isRedirect ? 'invalid_redirect_uri' : 'invalid_client_metadata',
    error_description: printable(why),
  });
}

function refuseToken(ctx: Context): void {
  ctx.status = 401;
  ctx.set('WWW-Authenticate', 'Bearer error="invalid_token"');
  answer(ctx, {
    error: 'invalid_token',
    error_description: 'an initial or registration access token is needed',
  });
}

function refuseApproved(ctx: Context): void {
  ctx.status = 403;
  const why = 'it was approved as it is: its publisher changes and deletes it over the API';
  answer(ctx, { error: 'access_denied', error_description: why });
}

function refuseOvertaken(ctx: Context): void {
  ctx.status = 409;
  const why = 'another change came first: GET shows it, and the token to change it with';
  answer(ctx, { error: 'invalid_request', error_description: why });
}

function refuseMore(ctx: Context): void {
  ctx.status = 403;
  const why = 'this publisher has too many clients: delete some first';
  answer(ctx, { error: 'access_denied', error_description: why });
}

/** RFC 6749 §5.2: what an error may say. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?').slice(0, 1000);
}
