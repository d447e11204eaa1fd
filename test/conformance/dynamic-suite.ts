import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from '@jest/globals';
import { exportJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import { PASSWORD, type Someone, somebody } from '../login/people.ts';
import type { Answer, Visitor } from '../support/visitor.ts';
import { type World, wholeWorld } from '../support/world.ts';

/** The suite as it registers itself: over the network, without a token, and with keys of its own. */
export interface DynamicSuite {
  readonly world: World;
  /** What the suite serves at a path. */
  readonly served: Map<string, string | Buffer>;
  addressOf(path: string): string;
  register(metadata?: object): Promise<{ status: number; body: Record<string, unknown> }>;
  client(metadata?: object): Promise<Client>;
  /** A browser in which the person types their password wherever they are asked. */
  authorize(client: Client, changes?: Changes, visitor?: Visitor): Promise<Answer>;
  /** What the person reads before they type anything. */
  signInPage(client: Client): Promise<string>;
  tokens(client: Client, form: Record<string, string>, claims?: JWTPayload): Promise<TokenAnswer>;
  /** Authorization and exchange. */
  signIn(client: Client, changes?: Changes): Promise<TokenAnswer>;
  stop(): Promise<void>;
}

export type Changes = Record<string, string | undefined>;
export interface Client {
  readonly id: string;
  readonly redirectUri: string;
  key: Key;
  readonly body: Record<string, unknown>;
}
interface Key {
  readonly jwk: JWK;
  readonly privateKey: KeyObject;
}
export interface TokenAnswer {
  readonly status: number;
  readonly body: Record<string, string>;
}

export const CALLBACK = 'https://suite.example/test/a/preau/callback';

export async function aKey(): Promise<Key> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    jwk: { ...(await exportJWK(publicKey)), kid: randomUUID(), use: 'sig', alg: 'RS256' },
    privateKey,
  };
}

export async function openDynamicSuite(): Promise<DynamicSuite> {
  const change: Parameters<typeof wholeWorld>[0] = {
    change: (config) => ({
      ...config,
      ...{ mode: 'conformance', requestObjects: true },
      remote: { ...config.remote, allowsLoopback: true },
    }),
  };
  const world = await wholeWorld(change);
  const person = await somebody(world, 'teacher');
  const files = await serve();
  const suite = { world, person };
  return {
    world,
    ...files,
    register: (metadata) => register(world, { ...(metadata ?? {}) }),
    async client(metadata) {
      const key = await aKey();
      const { status, body } = await register(world, { jwks: { keys: [key.jwk] }, ...metadata });
      expect([status, body.error_description]).toEqual([201, undefined]);
      const [redirectUri = ''] = body.redirect_uris as string[];
      return { id: String(body.client_id), redirectUri, key, body };
    },
    authorize: (client, changes = {}, visitor = world.visitor()) =>
      authorize(suite, { client, changes, visitor }),
    async signInPage({ id, redirectUri }) {
      const query = { client_id: id, redirect_uri: redirectUri, response_type: 'code', scope: 'openid' };
      return (await world.visitor().open(`/authorize?${new URLSearchParams(query)}`)).text;
    },
    tokens: (client, form, claims) => tokens(world, { client, form, claims }),
    async signIn(client, changes = {}) {
      const { left } = await authorize(suite, { client, changes, visitor: world.visitor() });
      return tokens(world, { client, form: codeOf(client, left) });
    },
    async stop() {
      await files.close();
      await world.close();
    },
  };
}

export function codeOf({ redirectUri }: Client, left: URL | undefined): Record<string, string> {
  const code = left?.searchParams.get('code') ?? '';
  return { grant_type: 'authorization_code', code, redirect_uri: redirectUri };
}

async function register({ issuer }: World, metadata: Record<string, unknown>) {
  const response = await fetch(`${issuer}/registration`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ client_name: 'OpenID conformance', redirect_uris: [CALLBACK], contacts: ['suite@suite.example'] },
      ...{ grant_types: ['authorization_code'], response_types: ['code'] },
      ...{ token_endpoint_auth_method: 'private_key_jwt', ...metadata },
    }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function authorize(
  { person }: { person: Someone },
  { client, changes, visitor }: { client: Client; changes: Changes; visitor: Visitor },
): Promise<Answer> {
  const asked: Changes = {
    ...{ client_id: client.id, redirect_uri: client.redirectUri, response_type: 'code', scope: 'openid' },
    ...{ state: 'a-state', nonce: 'a-nonce', ...changes },
  };
  const given = Object.entries(asked).filter((one): one is [string, string] => one[1] !== undefined);
  const answer = await visitor.open(`/authorize?${new URLSearchParams(given)}`);
  if (!/name="password"/.test(answer.text)) return answer;
  return visitor.submit({ username: person.username, password: PASSWORD });
}

async function tokens(
  { issuer }: World,
  given: { client: Client; form: Record<string, string>; claims?: JWTPayload | undefined },
): Promise<TokenAnswer> {
  const { client, form, claims } = given;
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      ...form,
      client_assertion: await assertion(client, { aud: `${issuer}/token`, ...claims }),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

function assertion({ id, key }: Client, claims: JWTPayload): Promise<string> {
  return new SignJWT({ iss: id, sub: id, jti: randomUUID(), ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: key.jwk.kid ?? '' })
    .setIssuedAt()
    .setExpirationTime('60s')
    .sign(key.privateKey);
}

async function serve() {
  const served = new Map<string, string | Buffer>();
  const server = createServer((request, response) => {
    const found = served.get(request.url ?? '');
    response.writeHead(found === undefined ? 404 : 200, { 'cache-control': 'no-cache' }).end(found);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    served,
    addressOf: (path: string) => `${origin}${path}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
