import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { promoteKeys, publishNextKeys } from '../../src/oidc/key-rotation.ts';
import { BY } from '../support/world.ts';
import { aKey, CALLBACK, type Client, codeOf, type DynamicSuite, openDynamicSuite } from './dynamic-suite.ts';

let suite: DynamicSuite;
beforeAll(async () => {
  suite = await openDynamicSuite();
}, 60_000);
afterAll(() => suite.stop());

const discovery = async (): Promise<Record<string, string[]>> =>
  (await fetch(`${suite.world.issuer}/.well-known/openid-configuration`)).json() as never;

const userinfo = (accessToken = '') =>
  fetch(`${suite.world.issuer}/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } });

const verified = (token = '') =>
  jwtVerify(token, createRemoteJWKSet(new URL(`${suite.world.issuer}/jwks`)), {
    issuer: suite.world.issuer,
  });

async function publishedKeys(): Promise<{ kid: string; kty: string }[]> {
  return (await (await fetch(`${suite.world.issuer}/jwks`)).json()).keys;
}

/** The page on which nobody is sent back. */
async function refusedOnAPage(client: Client, changes: Record<string, string | undefined>): Promise<void> {
  const { status, left, text } = await suite.authorize(client, changes);
  expect([status, left]).toEqual([400, undefined]);
  expect(text).toContain('invalid_');
}

describe('oidcc-dynamic-certification-test-plan', () => {
  it('oidcc-idtoken-rs256', async () => {
    const client = await suite.client({ id_token_signed_response_alg: 'RS256' });
    const { body } = await suite.signIn(client);
    const { protectedHeader, payload } = await verified(body.id_token);
    expect(protectedHeader).toMatchObject({ alg: 'RS256', kid: expect.any(String) });
    expect(payload).toMatchObject({ aud: client.id, nonce: 'a-nonce' });
  });

  it('oidcc-idtoken-unsigned: not announced, and refused', async () => {
    expect((await discovery()).id_token_signing_alg_values_supported).not.toContain('none');
    const { status, body } = await suite.register({
      ...{ token_endpoint_auth_method: 'client_secret_basic', id_token_signed_response_alg: 'none' },
    });
    expect([status, body.error]).toEqual([400, 'invalid_client_metadata']);
  });

  it('oidcc-userinfo-rs256', async () => {
    expect((await discovery()).userinfo_signing_alg_values_supported).toContain('RS256');
    const client = await suite.client({ userinfo_signed_response_alg: 'RS256' });
    const { body } = await suite.signIn(client);
    const answer = await userinfo(body.access_token);
    expect(answer.headers.get('content-type')).toMatch(/^application\/jwt/);
    const { payload, protectedHeader } = await verified(await answer.text());
    expect(protectedHeader.alg).toBe('RS256');
    expect(payload).toMatchObject({ aud: client.id, sub: decodeJwt(body.id_token ?? '').sub });
    expect(payload).not.toHaveProperty('nonce');
  });

  it('oidcc-ensure-redirect-uri-in-authorization-request', async () => {
    const client = await suite.client({ redirect_uris: [CALLBACK, `${CALLBACK}/other`] });
    await refusedOnAPage(client, { redirect_uri: undefined });
  });

  it('oidcc-redirect-uri-query-OK', async () => {
    const client = await suite.client({ redirect_uris: [`${CALLBACK}?foo=bar`] });
    const { left } = await suite.authorize(client);
    expect(left?.searchParams.get('foo')).toBe('bar');
    expect((await suite.tokens(client, codeOf(client, left))).status).toBe(200);
  });

  it('oidcc-redirect-uri-query-mismatch', async () => {
    const client = await suite.client({ redirect_uris: [`${CALLBACK}?foo=bar`] });
    await refusedOnAPage(client, { redirect_uri: `${CALLBACK}?bar=foo` });
  });

  it('oidcc-redirect-uri-query-added', async () => {
    await refusedOnAPage(await suite.client(), { redirect_uri: `${CALLBACK}?foo=bar` });
  });

  it('oidcc-redirect-uri-regfrag', async () => {
    const { status, body } = await suite.register({ redirect_uris: [`${CALLBACK}#foobar`] });
    expect([status, body.error]).toEqual([400, 'invalid_redirect_uri']);
  });

  it('oidcc-discovery-endpoint-verification', async () => {
    const found = await discovery();
    expect(found.registration_endpoint).toBe(`${suite.world.issuer}/registration`);
    expect(found.response_types_supported).toEqual(['code', 'id_token', 'id_token token']);
    expect(found.grant_types_supported).toEqual(expect.arrayContaining(['authorization_code', 'implicit']));
  });

  it.each(['id_token', 'id_token token'])('answers what discovery announces: %s', async (response_type) => {
    const client = await suite.client({ response_types: [response_type], grant_types: ['implicit'] });
    const { left } = await suite.authorize(client, { response_type });
    const answer = new URLSearchParams(left?.hash.slice(1));
    const { payload } = await verified(answer.get('id_token') ?? '');
    expect(payload).toMatchObject({ aud: client.id, nonce: 'a-nonce' });
    expect(answer.has('code')).toBe(false);
    expect(answer.has('access_token')).toBe(response_type !== 'id_token');
    if (response_type === 'id_token') return;
    const told = await userinfo(answer.get('access_token') ?? '');
    expect(await told.json()).toMatchObject({ sub: payload.sub });
  });

  it('oidcc-server', async () => {
    const client = await suite.client();
    expect(client.body).toMatchObject({
      ...{ registration_access_token: expect.any(String), registration_client_uri: expect.any(String) },
    });
    const { body } = await suite.signIn(client);
    const { payload } = await verified(body.id_token);
    expect(await (await userinfo(body.access_token)).json()).toMatchObject({ sub: payload.sub });
    const left = await fetch(String(client.body.registration_client_uri), {
      method: 'DELETE',
      headers: { authorization: `Bearer ${client.body.registration_access_token}` },
    });
    expect(left.status).toBe(204);
  });

  it('oidcc-registration-logo-uri', async () => {
    suite.served.set('/logo', Buffer.from('89504e470d0a1a0a0000', 'hex'));
    suite.served.set('/drawn', '<svg xmlns="http://www.w3.org/2000/svg"></svg>');
    const logoOf = async (path: string): Promise<Response> => {
      const client = await suite.client({ logo_uri: suite.addressOf(path) });
      const [, src = ''] = /<img src="([^"]+logo)"/.exec(await suite.signInPage(client)) ?? [];
      expect(src).toBe(`/register/${client.id}/logo`);
      return fetch(new URL(src, suite.world.issuer));
    };
    const shown = await logoOf('/logo');
    expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/png']);
    for (const path of ['/drawn', '/nowhere']) expect((await logoOf(path)).status).toBe(404);
  });

  it.each([
    ['oidcc-registration-policy-uri', 'policy_uri'],
    ['oidcc-registration-tos-uri', 'tos_uri'],
  ])('%s', async (_, name) => {
    const client = await suite.client({ [name]: 'https://suite.example/about?a&b' });
    const page = await suite.signInPage(client);
    expect(page).toContain('<a href="https://suite.example/about?a&amp;b" rel="noreferrer">');
  });

  it('oidcc-registration-jwks-uri', async () => {
    const client = await clientWithKeysAt('/registered-keys');
    expect((await suite.signIn(client)).status).toBe(200);
  });

  it('oidcc-registration-sector-uri', async () => {
    suite.served.set('/redirect_uris.json', JSON.stringify([CALLBACK]));
    const sector_identifier_uri = suite.addressOf('/redirect_uris.json');
    await suite.client({ ...aPairwise, sector_identifier_uri });
  });

  it('oidcc-registration-sector-bad', async () => {
    suite.served.set('/other_uris.json', JSON.stringify(['https://elsewhere.example/callback']));
    const sector_identifier_uri = suite.addressOf('/other_uris.json');
    const { status, body } = await suite.register({ ...aPairwise, sector_identifier_uri });
    expect([status, body.error]).toEqual([400, 'invalid_client_metadata']);
  });

  it('oidcc-refresh-token-rp-key-rotation', async () => {
    const client = await clientWithKeysAt('/rotated-keys', [...BOTH_GRANTS]);
    const { body } = await suite.signIn(client, { scope: 'openid offline_access', prompt: 'consent' });
    client.key = await aKey();
    suite.served.set('/rotated-keys', JSON.stringify({ keys: [client.key.jwk] }));
    passAMinute();
    const refresh = { grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '' };
    expect((await suite.tokens(client, refresh)).status).toBe(200);
  });

  it('oidcc-request-uri-unsigned: "none" is not announced, and refused', async () => {
    expect((await discovery()).request_object_signing_alg_values_supported).not.toContain('none');
    const client = await suite.client({ request_uris: [suite.addressOf('/unsigned')] });
    const head = Buffer.from('{"alg":"none"}').toString('base64url');
    const claims = { ...requestOf(client), iss: client.id, aud: suite.world.issuer };
    const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
    suite.served.set('/unsigned', `${head}.${body}.`);
    const { left } = await suite.authorize(client, { request_uri: suite.addressOf('/unsigned') });
    expect(left?.searchParams.get('error')).toBe('invalid_request_object');
  });

  it('oidcc-request-uri-signed-rs256', async () => {
    const found = await discovery();
    expect(found).toMatchObject({ request_uri_parameter_supported: true });
    expect(found.request_object_signing_alg_values_supported).toContain('RS256');
    const request_uri = `${suite.addressOf('/signed')}#some-version`;
    const client = await suite.client({
      ...{ request_uris: [request_uri], request_object_signing_alg: 'RS256' },
    });
    suite.served.set('/signed', await signed(client));
    const { left } = await suite.authorize(client, { request_uri, state: undefined, nonce: undefined });
    expect(left?.searchParams.get('state')).toBe('of-the-object');
    expect((await suite.tokens(client, codeOf(client, left))).status).toBe(200);
  });

  it('oidcc-ensure-request-object-with-redirect-uri', async () => {
    const client = await suite.client();
    const redirect_uri = `${CALLBACK}/not-registered`;
    const { left } = await suite.authorize(client, { request: await signed(client), redirect_uri });
    expect(left?.href.startsWith(`${CALLBACK}?code=`)).toBe(true);
  });

  it('oidcc-refresh-token', async () => {
    const client = await suite.client({ grant_types: [...BOTH_GRANTS] });
    const first = await suite.signIn(client, { scope: 'openid offline_access', prompt: 'consent' });
    const refresh = { grant_type: 'refresh_token', refresh_token: first.body.refresh_token ?? '' };
    const second = await suite.tokens(client, refresh);
    expect(second.status).toBe(200);
    const [before, after] = [first, second].map(({ body }) => decodeJwt(body.id_token ?? ''));
    for (const claim of ['iss', 'sub', 'aud', 'auth_time'] as const)
      expect(after?.[claim]).toEqual(before?.[claim]);
  });

  it('oidcc-ensure-client-assertion-with-iss-aud-succeeds', async () => {
    const client = await suite.client();
    const { left } = await suite.authorize(client);
    const { status } = await suite.tokens(client, codeOf(client, left), { aud: suite.world.issuer });
    expect(status).toBe(200);
  });

  it('oidcc-server-rotate-keys', async () => {
    const before = await publishedKeys();
    await rotate();
    const after = await publishedKeys();
    const isNew = ({ kid }: { kid: string }) => !before.some((one) => one.kid === kid);
    expect(after.filter(isNew).length).toBeGreaterThan(0);
    expect(after.map(({ kid }) => kid)).toEqual(expect.arrayContaining(before.map(({ kid }) => kid)));
    // The suite knows no others, and takes one for a failure.
    for (const { kty } of after) expect(['RSA', 'EC']).toContain(kty);
    const { body } = await suite.signIn(await suite.client());
    await verified(body.id_token);
    expect(decodeProtectedHeader(body.id_token ?? '').alg).toBe('RS256');
  });
});

const aPairwise = { subject_type: 'pairwise' };
const BOTH_GRANTS = ['authorization_code', 'refresh_token'] as const;

async function clientWithKeysAt(path: string, grant_types?: string[]): Promise<Client> {
  const key = await aKey();
  suite.served.set(path, JSON.stringify({ keys: [key.jwk] }));
  const where = { jwks: undefined, jwks_uri: suite.addressOf(path) };
  const client = await suite.client({ ...where, ...(grant_types && { grant_types }) });
  client.key = key;
  return client;
}

/** A client's keys are asked for once a minute at most, and the suite waits as long. */
function passAMinute(): void {
  suite.world.wait(61_000);
}

function requestOf({ id, redirectUri }: Client) {
  return {
    ...{ client_id: id, response_type: 'code', scope: 'openid', redirect_uri: redirectUri },
    ...{ state: 'of-the-object', nonce: 'a-nonce' },
  };
}

function signed(client: Client): Promise<string> {
  return new SignJWT({ ...requestOf(client), iss: client.id, aud: suite.world.issuer })
    .setProtectedHeader({ alg: 'RS256', kid: client.key.jwk.kid ?? '' })
    .sign(client.key.privateKey);
}

/** `preau keys rotate --now`, and until the process has heard of it. */
async function rotate(): Promise<void> {
  const { parts } = suite.world;
  const algs = ['RS256', 'ES256'] as const;
  const before = await publishedKeys();
  await publishNextKeys(parts, BY, { algs });
  await promoteKeys(parts, BY, { algs, publishedBy: parts.now() });
  while ((await publishedKeys()).length === before.length) await pause(50);
}
