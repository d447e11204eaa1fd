import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, type JWTPayload, SignJWT } from 'jose';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson } from './people.ts';

const CALLBACK = 'http://localhost:3001/callback';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let test: TestDoor;
let person: string;
let files: Server;
let origin: string;
const served = new Map<string, string>();
const asked: string[] = [];

beforeAll(async () => {
  test = await openTestDoor({ requestObjects: true, remote: { allowsLoopback: true } });
  person = `${(await aPerson(test)).id} one`;
  files = createServer((request, response) => {
    asked.push(request.url ?? '');
    const found = served.get(request.url ?? '');
    if (found?.startsWith('http')) response.writeHead(302, { location: found }).end();
    else response.writeHead(found === undefined ? 404 : 200).end(found);
  }).listen(0, '127.0.0.1');
  await once(files, 'listening');
  origin = `http://localhost:${(files.address() as AddressInfo).port}`;
}, 60_000);
afterAll(async () => {
  files.closeAllConnections();
  files.close();
  await test.stop();
});

async function aClient(metadata: object = {}): Promise<string> {
  const jwk = { ...(await exportJWK(publicKey)), kid: 'ours', alg: 'ES256', use: 'sig' };
  const client = await test.register({ require_pkce: false, jwks: { keys: [jwk] }, ...metadata });
  return client.client_id;
}

const claimsOf = (clientId: string): JWTPayload => ({
  ...{ iss: clientId, aud: test.issuer, client_id: clientId, redirect_uri: CALLBACK },
  ...{ response_type: 'code', scope: 'openid', state: 'of-the-object' },
});

function signed(clientId: string, { key = privateKey, kid = 'ours', ...claims }: Signed = {}) {
  return new SignJWT({ ...claimsOf(clientId), ...claims })
    .setProtectedHeader({ alg: 'ES256', kid })
    .sign(key);
}

interface Signed extends JWTPayload {
  key?: KeyObject;
  kid?: string;
}

/** What comes back: a code, or the error. */
async function outcome(clientId: string, parameters: Record<string, string>): Promise<string> {
  const browser = test.browser();
  browser.person = person;
  const query = { client_id: clientId, redirect_uri: CALLBACK, response_type: 'code', scope: 'openid' };
  const { left, response } = await browser.open(
    `/authorize?${new URLSearchParams({ ...query, ...parameters })}`,
  );
  if (!left) return `page ${response.status}`;
  return left.searchParams.get('error') ?? `code for ${left.searchParams.get('state')}`;
}

describe('a request object, where the instance takes them', () => {
  it('is taken by value under a key of its client, and says what counts', async () => {
    const clientId = await aClient();
    const request = await signed(clientId);
    expect(await outcome(clientId, { request, state: 'outside' })).toBe('code for of-the-object');
  });

  it('is refused unsigned, by an HMAC over a public key, under a foreign key, for others, or late', async () => {
    const [clientId, other] = [await aClient(), await aClient()];
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const body = encoded(claimsOf(clientId));
    const hs = `${encoded({ alg: 'HS256' })}.${body}`;
    const mac = createHmac('sha256', JSON.stringify(await exportJWK(publicKey)))
      .update(hs)
      .digest('base64url');
    const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    for (const request of [
      `${encoded({ alg: 'none' })}.${body}.`,
      `${hs}.${mac}`,
      await signed(clientId, { key: foreign }),
      await signed(clientId, { key: foreign, kid: 'theirs' }),
      await signed(clientId, { iss: other }),
      await signed(clientId, { aud: 'https://elsewhere.example' }),
      await signed(clientId, { exp: 1 }),
      'garbage',
    ])
      expect(await outcome(clientId, { request })).toBe('invalid_request_object');
  });

  it('insists on a stronger sign-in also where it wishes for one as well', async () => {
    const clientId = await aClient();
    const acr = { essential: true, value: 'urn:preau:acr:two' };
    const claims = { id_token: { acr } };
    const request = await signed(clientId, { claims, acr_values: acr.value });
    expect(await outcome(clientId, { request })).toBe('unmet_authentication_requirements');
  });

  it('leads nowhere that is not registered', async () => {
    const clientId = await aClient();
    const request = await signed(clientId, { redirect_uri: 'https://evil.example/' });
    expect(await outcome(clientId, { request })).toBe('page 400');
  });
});

describe('a request object by reference', () => {
  it('is fetched from an address its client registered, without the fragment', async () => {
    const clientId = await aClient({ request_uris: [`${origin}/request#version-2`] });
    served.set('/request', await signed(clientId));
    expect(await outcome(clientId, { request_uri: `${origin}/request#version-2` })).toBe(
      'code for of-the-object',
    );
    expect(asked.at(-1)).toBe('/request');
  });

  it('is asked of no other address, by no other client, and no redirect is followed', async () => {
    const clientId = await aClient({ request_uris: [`${origin}/moved`, `${origin}/gone`] });
    served.set('/moved', `${origin}/target`);
    served.set('/target', await signed(clientId));
    const before = asked.length;
    expect(await outcome(clientId, { request_uri: `${origin}/target` })).toBe('invalid_request_uri');
    expect(await outcome(await aClient(), { request_uri: `${origin}/moved` })).toBe('invalid_request_uri');
    expect(asked.length).toBe(before);
    for (const path of ['/moved', '/gone'])
      expect(await outcome(clientId, { request_uri: `${origin}${path}` })).toBe('invalid_request_uri');
    expect(asked.slice(before)).toEqual(['/moved', '/gone']);
  });

  it('does not come beside one by value, twice, or for nobody', async () => {
    const clientId = await aClient({ request_uris: [`${origin}/request`] });
    const request_uri = `${origin}/request`;
    const before = asked.length;
    expect(await outcome(clientId, { request: await signed(clientId), request_uri })).toBe('invalid_request');
    expect(await outcome('nobody', { request_uri })).toBe('page 400');
    expect(asked.length).toBe(before);
  });

  it('is announced', async () => {
    const found = await (await fetch(`${test.issuer}/.well-known/openid-configuration`)).json();
    expect(found).toMatchObject({
      ...{ request_parameter_supported: true, request_uri_parameter_supported: true },
      require_request_uri_registration: true,
      request_object_signing_alg_values_supported: ['RS256', 'ES256', 'EdDSA', 'PS256'],
    });
  });
});
