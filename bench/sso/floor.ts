// The same requests written by hand on node:http, over records like the engine's: what no engine goes below.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { countFlights } from './counted.ts';
import { PEOPLE, type Ready, serve } from './served.ts';

const redis = new Redis(process.env.PREAU_TEST_REDIS ?? '', { enableAutoPipelining: true });
redis.on('error', () => {});
await once(redis, 'ready');
const keys = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  RS256: generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey,
};
const clients: Ready['clients'] = (['ES256', 'RS256'] as const).map((alg) => ({
  alg,
  clientId: `floor${alg}`,
  clientSecret: 'of-no-worth-in-a-benchmark',
}));
const token = () => randomBytes(32).toString('base64url');
const cookies = Array.from({ length: PEOPLE }, () => `floor=${token()}`);
for (const cookie of cookies)
  await redis.set(`floor:session:${cookie}`, JSON.stringify({ accountId: 'lina' }), 'EX', 3600);
const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
serve({ issuer, clients, cookies }, countFlights(redis));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', issuer);
  if (url.pathname === '/authorize') return authorize(request, response, url.searchParams);
  if (url.pathname === '/userinfo') return userinfo(request, response);
  let text = '';
  for await (const chunk of request) text += chunk;
  const form = new URLSearchParams(text);
  const client = clientOf(request);
  if (!client) return json(response, 401, {});
  if (url.pathname === '/introspect') return introspect(response, form);
  return exchange(response, form, client);
}

async function authorize(
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  const session = await redis.get(`floor:session:${request.headers.cookie}`);
  if (!session) return json(response, 401, {});
  const code = token();
  const kept = { ...JSON.parse(session), challenge: query.get('code_challenge'), nonce: query.get('nonce') };
  await redis.set(`floor:code:${code}`, JSON.stringify(kept), 'EX', 60);
  const location = `${query.get('redirect_uri')}?${new URLSearchParams({ code, state: query.get('state') ?? '' })}`;
  response.writeHead(303, { location }).end();
}

async function exchange(response: ServerResponse, form: URLSearchParams, client: Ready['clients'][number]) {
  const isCode = form.get('grant_type') === 'authorization_code';
  const key = isCode ? `floor:code:${form.get('code')}` : `floor:refresh:${form.get('refresh_token')}`;
  const record = await redis.getdel(key);
  if (!record) return json(response, 400, { error: 'invalid_grant' });
  const { accountId, challenge, nonce } = JSON.parse(record);
  const verifier = form.get('code_verifier') ?? '';
  if (isCode && createHash('sha256').update(verifier).digest('base64url') !== challenge)
    return json(response, 400, { error: 'invalid_grant' });
  const [access_token, refresh_token] = [token(), token()];
  const kept = JSON.stringify({ accountId });
  await Promise.all([
    redis.set(`floor:access:${access_token}`, kept, 'EX', 300),
    redis.set(`floor:refresh:${refresh_token}`, kept, 'EX', 3600),
  ]);
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: client.clientId, sub: accountId, iat: now, exp: now + 300, nonce };
  json(response, 200, {
    access_token,
    refresh_token,
    token_type: 'Bearer',
    id_token: jwtOf(claims, client.alg),
  });
}

async function userinfo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const found = await redis.get(`floor:access:${request.headers.authorization?.slice(7)}`);
  if (!found) return json(response, 401, {});
  json(response, 200, { sub: 'lina', name: 'Lina Martin', given_name: 'Lina', family_name: 'Martin' });
}

async function introspect(response: ServerResponse, form: URLSearchParams): Promise<void> {
  const found = await redis.get(`floor:access:${form.get('token')}`);
  json(response, 200, { active: Boolean(found) });
}

function jwtOf(claims: object, alg: 'ES256' | 'RS256'): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part({ alg, typ: 'JWT', kid: alg })}.${part(claims)}`;
  const key = alg === 'ES256' ? ({ key: keys.ES256, dsaEncoding: 'ieee-p1363' } as const) : keys.RS256;
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

function clientOf({ headers }: IncomingMessage): Ready['clients'][number] | undefined {
  const given = Buffer.from(headers.authorization?.slice(6) ?? '', 'base64').toString();
  return clients.find(({ clientId, clientSecret }) => given === `${clientId}:${clientSecret}`);
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
