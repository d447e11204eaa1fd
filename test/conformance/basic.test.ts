import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose';
import type { Browser } from '../oidc/browser.ts';
import type { RelyingParty } from '../oidc/relying-party.ts';
import { type Changes, openSuite, postedBy, type Suite } from './suite.ts';

let suite: Suite;
let rp: RelyingParty;
let browser: Browser;

beforeAll(async () => {
  suite = await openSuite();
  rp = await suite.client();
  browser = suite.browser();
  await suite.authorize(rp, browser);
}, 60_000);
afterAll(() => suite.stop());

interface SignedIn {
  idToken: JWTPayload;
  accessToken: string;
  refreshToken: string;
}

async function signInWith(changes: Changes, by: RelyingParty): Promise<SignedIn> {
  const answered = await suite.authorize(by, browser, changes);
  expect(answered.left?.searchParams.get('state')).toBe(answered.asked.state);
  const { status, body } = await suite.tokens(by, answered);
  expect(status).toBe(200);
  const keys = createRemoteJWKSet(new URL(`${suite.test.issuer}/jwks`));
  const checks = { issuer: suite.test.issuer, audience: by.client.client_id };
  const { payload } = await jwtVerify(body.id_token ?? '', keys, checks);
  if (!('nonce' in changes)) expect(payload.nonce).toBe(answered.asked.nonce);
  return { idToken: payload, accessToken: body.access_token, refreshToken: body.refresh_token ?? '' };
}

async function userinfo(accessToken: string, init: RequestInit = {}): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${accessToken}` };
  const response = await fetch(`${suite.test.issuer}/userinfo`, { headers, ...init });
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

/** By the seconds of which auth_time tells. */
async function untilOlderThan(seconds: number, authTime: number): Promise<void> {
  while (Math.floor(Date.now() / 1000) - authTime <= seconds) await pause(20);
}

/** All that signs somebody in, if it were taken. */
function unsigned(mode: Changes): string {
  const { client_id, redirect_uris } = rp.client;
  const claims = {
    ...{ iss: client_id, aud: suite.test.issuer, client_id, redirect_uri: redirect_uris[0], ...mode },
    ...{ response_type: 'code', scope: 'openid', state: 'of-the-object', nonce: 'of-the-object' },
  };
  const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encoded({ alg: 'none' })}.${encoded(claims)}.`;
}

const PLANS: [name: string, mode: Changes][] = [
  ['oidcc-basic-certification-test-plan', {}],
  ['oidcc-formpost-basic-certification-test-plan', { response_mode: 'form_post' }],
];

describe.each(PLANS)('%s', (_, mode) => {
  const authorize = (by = rp, from = browser, changes: Changes = {}) =>
    suite.authorize(by, from, { ...mode, ...changes });
  const signIn = (changes: Changes = {}, by = rp) => signInWith({ ...mode, ...changes }, by);

  it('oidcc-server', async () => {
    const { idToken } = await signIn();
    expect(idToken).toMatchObject({
      iss: suite.test.issuer,
      aud: rp.client.client_id,
      sub: expect.any(String),
    });
    expect(idToken.sub?.length).toBeLessThanOrEqual(255);
    expect((idToken.exp ?? 0) > (idToken.iat ?? 0)).toBe(true);
  });

  it('oidcc-response-type-missing', async () => {
    const { left, response } = await authorize(rp, browser, { response_type: undefined });
    expect(left?.searchParams.get('error') ?? response.status).toBe('invalid_request');
  });

  it('oidcc-idtoken-signature', async () => {
    const { body } = await suite.tokens(rp, await authorize());
    expect(decodeProtectedHeader(body.id_token ?? '')).toMatchObject({
      alg: 'RS256',
      kid: expect.any(String),
    });
  });

  it('oidcc-idtoken-unsigned: not announced, and refused', async () => {
    const found = await (await fetch(`${suite.test.issuer}/.well-known/openid-configuration`)).json();
    expect(found.id_token_signing_alg_values_supported).not.toContain('none');
    await expect(suite.client({ id_token_signed_response_alg: 'none' })).rejects.toThrow('id_token_signed');
  });

  it('oidcc-userinfo-get', async () => {
    const { accessToken, idToken } = await signIn();
    expect((await userinfo(accessToken)).sub).toBe(idToken.sub);
  });

  it('oidcc-userinfo-post-header', async () => {
    const { accessToken, idToken } = await signIn();
    expect((await userinfo(accessToken, { method: 'POST' })).sub).toBe(idToken.sub);
  });

  it('oidcc-userinfo-post-body', async () => {
    const { accessToken, idToken } = await signIn();
    const body = new URLSearchParams({ access_token: accessToken });
    expect((await userinfo('', { method: 'POST', headers: {}, body })).sub).toBe(idToken.sub);
  });

  it('oidcc-ensure-request-without-nonce-succeeds-for-code-flow', async () => {
    expect((await signIn({ nonce: undefined })).idToken.nonce).toBeUndefined();
  });

  it.each([
    ['oidcc-scope-profile', 'openid profile', ['name', 'given_name', 'family_name', 'preferred_username']],
    ['oidcc-scope-email', 'openid email', ['email', 'email_verified']],
    ['oidcc-scope-address', 'openid address', []],
    ['oidcc-scope-phone', 'openid phone', []],
    ['oidcc-scope-all', 'openid profile email address phone', ['name', 'email']],
    ['oidcc-alternate-happy-flow', 'email openid', ['email']],
  ])('%s', async (_, scope, claims) => {
    const { accessToken } = await signIn({ scope });
    expect(Object.keys(await userinfo(accessToken))).toEqual(expect.arrayContaining(['sub', ...claims]));
  });

  it.each([
    ['oidcc-display-page', { display: 'page' }],
    ['oidcc-display-popup', { display: 'popup' }],
    ['oidcc-ui-locales', { ui_locales: 'se' }],
    ['oidcc-claims-locales', { claims_locales: 'se' }],
    ['oidcc-login-hint', { login_hint: 'lina' }],
    ['oidcc-ensure-request-with-acr-values-succeeds', { acr_values: 'urn:preau:acr:one 1 2' }],
    ['oidcc-ensure-request-with-unknown-parameter-succeeds', { extra: 'foobar' }],
  ])('%s', async (_, changes) => {
    expect((await signIn(changes)).idToken.sub).toBeTruthy();
  });

  it('oidcc-prompt-login', async () => {
    const first = await signIn();
    await untilOlderThan(0, Number(first.idToken.auth_time));
    const second = await signIn({ prompt: 'login' });
    expect(second.idToken.sub).toBe(first.idToken.sub);
    expect(Number(second.idToken.auth_time)).toBeGreaterThan(Number(first.idToken.auth_time));
  });

  it('oidcc-prompt-none-not-logged-in', async () => {
    const { left } = await authorize(rp, suite.test.browser(), { prompt: 'none' });
    expect(left?.searchParams.get('error')).toMatch(
      /^(login|interaction|account_selection|consent)_required$/,
    );
  });

  it('oidcc-prompt-none-logged-in', async () => {
    const first = await signIn();
    const second = await signIn({ prompt: 'none' });
    for (const claim of ['iss', 'sub', 'auth_time'] as const)
      expect(second.idToken[claim]).toEqual(first.idToken[claim]);
  });

  it('oidcc-max-age-1', async () => {
    const first = Number((await signIn({ prompt: 'login' })).idToken.auth_time);
    await untilOlderThan(1, first);
    const another = browser.copy();
    another.person = '';
    const { left, response } = await authorize(rp, another, { max_age: '1' });
    expect(left).toBeUndefined();
    expect((await response.json()).prompt).toMatchObject({ name: 'login', reasons: ['max_age'] });
    const { idToken } = await signIn({ max_age: '1' });
    expect(Number(idToken.auth_time)).toBeGreaterThan(first + 1);
  });

  it('oidcc-max-age-10000', async () => {
    const first = await signIn({ max_age: '15000' });
    const second = await signIn({ max_age: '10000' });
    expect(second.idToken.auth_time).toBe(first.idToken.auth_time);
  });

  it('oidcc-id-token-hint', async () => {
    const answered = await authorize(rp, browser);
    const { body } = await suite.tokens(rp, answered);
    const { idToken } = await signIn({ prompt: 'none', id_token_hint: body.id_token });
    expect(idToken.sub).toBe(decodeJwt(body.id_token ?? '').sub);
  });

  it.each(['oidcc-codereuse', 'oidcc-codereuse-30seconds, without its pause'])('%s', async () => {
    const answered = await authorize(rp, browser);
    const { body } = await suite.tokens(rp, answered);
    const again = await suite.tokens(rp, answered);
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant']);
    const headers = { authorization: `Bearer ${body.access_token}` };
    expect((await fetch(`${suite.test.issuer}/userinfo`, { headers })).status).toBe(401);
    await signIn();
  });

  it('oidcc-ensure-registered-redirect-uri', async () => {
    const redirect_uri = `${rp.client.redirect_uris[0]}/ABCDEF`;
    const { left, response } = await authorize(rp, browser, { redirect_uri });
    expect([left, response.status]).toEqual([undefined, 400]);
  });

  it('oidcc-ensure-post-request-succeeds', async () => {
    const asked = await rp.authorizationUrl();
    const query = { ...Object.fromEntries(asked.url.searchParams), ...mode };
    const { left, response } = await browser.follow(await browser.post('/authorize', query as never));
    const answer = left ?? postedBy(await response.text());
    expect(answer?.searchParams.get('code')).toBeTruthy();
  });

  it('oidcc-server-client-secret-post', async () => {
    const client = await suite.client({ token_endpoint_auth_method: 'client_secret_post' });
    expect((await signIn({}, client)).idToken.sub).toBeTruthy();
  });

  it('oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported', async () => {
    const { left } = await authorize(rp, browser, { request_uri: 'https://suite.example/request' });
    expect(left?.searchParams.get('error')).toBe('request_uri_not_supported');
  });

  it('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported', async () => {
    const { left } = await authorize(rp, browser, { request: unsigned(mode) });
    expect(left?.searchParams.get('error')).toBe('request_not_supported');
    expect(left?.searchParams.get('code')).toBeNull();
  });

  // The module puts the right address into the object, a wrong one beside it, and takes an error page for an answer.
  it.each([
    ['a wrong redirect_uri', () => `${rp.client.redirect_uris[0]}_invalid`],
    ['none', () => undefined],
  ])('oidcc-ensure-request-object-with-redirect-uri: %s beside it leads to no code', async (_, beside) => {
    const { left, response } = await authorize(rp, browser, {
      request: unsigned(mode),
      redirect_uri: beside(),
    });
    expect([left, response.status]).toEqual([undefined, 400]);
    expect(await response.text()).toContain('<h1');
  });

  it('oidcc-claims-essential', async () => {
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } });
    const { accessToken } = await signIn({ scope: 'openid', claims });
    expect((await userinfo(accessToken)).name).toBe('Lina Martin');
  });

  it('oidcc-refresh-token', async () => {
    const { refreshToken, idToken } = await signIn();
    const answered = await authorize(rp, browser);
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
    const { status, body } = await suite.tokens(rp, answered, form);
    expect(status).toBe(200);
    const renewed = decodeJwt(body.id_token ?? '');
    for (const claim of ['iss', 'sub', 'aud', 'auth_time'] as const)
      expect(renewed[claim]).toEqual(idToken[claim]);
    const stranger = await suite.client();
    expect(
      (await suite.tokens(stranger, answered, { ...form, refresh_token: body.refresh_token ?? '' })).status,
    ).toBe(400);
  });

  it('oidcc-ensure-request-with-valid-pkce-succeeds', async () => {
    const verifier = randomBytes(32).toString('base64url');
    const answered = await authorize(rp, browser, {
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    expect((await suite.tokens(rp, answered, { code_verifier: verifier })).status).toBe(200);
  });
});

describe('oidcc-config-certification-test-plan', () => {
  it('oidcc-discovery-endpoint-verification', async () => {
    const found = await (await fetch(`${suite.test.issuer}/.well-known/openid-configuration`)).json();
    expect(found.issuer).toBe(suite.test.issuer);
    for (const endpoint of ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri'])
      expect(URL.parse(found[endpoint])?.origin).toBe(suite.test.issuer);
    expect(found.scopes_supported).toContain('openid');
    expect(found.response_types_supported).toContain('code');
    expect(found.subject_types_supported).toEqual(['pairwise']);
    expect(found.id_token_signing_alg_values_supported).toContain('RS256');
    expect(found.claims_supported).toEqual(expect.arrayContaining(['sub', 'name', 'email', 'acr']));
    const { keys } = await (await fetch(found.jwks_uri)).json();
    for (const key of keys) {
      expect(key).toMatchObject({ use: 'sig', kid: expect.any(String), alg: expect.any(String) });
      for (const part of ['d', 'p', 'q', 'k']) expect(key).not.toHaveProperty(part);
    }
    expect(new Set(keys.map(({ kid }: { kid: string }) => kid)).size).toBe(keys.length);
  });
});
