import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { Browser } from '../oidc/browser.ts';
import { type Listener, listen } from '../oidc/listener.ts';
import type { RelyingParty } from '../oidc/relying-party.ts';
import { openSuite, type Suite } from './suite.ts';

const AFTER = 'http://localhost:3001/post_logout';
let suite: Suite;
let ear: Listener;
let rp: RelyingParty;

beforeAll(async () => {
  suite = await openSuite();
  ear = await listen();
  const metadata = { post_logout_redirect_uris: [AFTER], backchannel_logout_uri: ear.url };
  rp = await suite.client(metadata);
}, 60_000);
afterEach(() => {
  ear.tokens.length = 0;
});
afterAll(async () => {
  await ear.stop();
  await suite.stop();
});

async function signedIn(): Promise<{ browser: Browser; hint: string }> {
  const browser = suite.browser();
  const { body } = await suite.tokens(rp, await suite.authorize(rp, browser));
  return { browser, hint: body.id_token ?? '' };
}

const leave = (browser: Browser, query: Record<string, string>) =>
  browser.open(`/session/end?${new URLSearchParams(query)}`);

async function confirm(browser: Browser, response: Response) {
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(await response.text())?.[1] ?? '';
  return browser.follow(await browser.post('/session/end/confirm', { xsrf, logout: 'yes' }));
}

async function isSignedIn(browser: Browser): Promise<boolean> {
  const { left } = await suite.authorize(rp, browser, { prompt: 'none' });
  return left?.searchParams.has('code') ?? false;
}

describe('oidcc-rp-initiated-logout-certification-test-plan', () => {
  it('oidcc-rp-initiated-logout-discovery-endpoint-verification', async () => {
    const found = await (await fetch(`${suite.test.issuer}/.well-known/openid-configuration`)).json();
    expect(found.end_session_endpoint).toBe(`${suite.test.issuer}/session/end`);
  });

  it('oidcc-rp-initiated-logout', async () => {
    const { browser, hint } = await signedIn();
    const query = { id_token_hint: hint, post_logout_redirect_uri: AFTER, state: 'a-state' };
    expect((await leave(browser, query)).left?.href).toBe(`${AFTER}?state=a-state`);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('oidcc-rp-initiated-logout-no-state', async () => {
    const { browser, hint } = await signedIn();
    const { left } = await leave(browser, { id_token_hint: hint, post_logout_redirect_uri: AFTER });
    expect(left?.href).toBe(AFTER);
  });

  it.each([
    ['oidcc-rp-initiated-logout-bad-post-logout-redirect-uri', 'https://evil.example/'],
    ['oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri', `${AFTER}?foo=bar`],
  ])('%s', async (_, target) => {
    const { browser, hint } = await signedIn();
    const query = { id_token_hint: hint, post_logout_redirect_uri: target, state: 'a-state' };
    const { left, response } = await leave(browser, query);
    expect([left, response.status]).toEqual([undefined, 200]);
  });

  it.each([
    [
      'oidcc-rp-initiated-logout-modified-id-token-hint',
      (hint: string) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${hint.split('.')[1]}.`,
    ],
    ['oidcc-rp-initiated-logout-bad-id-token-hint', () => 'not-a-token'],
  ])('%s', async (_, spoil) => {
    const { browser, hint } = await signedIn();
    const { left, response } = await leave(browser, {
      id_token_hint: spoil(hint),
      post_logout_redirect_uri: AFTER,
    });
    expect([left, response.status]).toEqual([undefined, 200]);
    expect(await isSignedIn(browser)).toBe(true);
    // They may leave, but are not led to where a forgery says.
    expect((await confirm(browser, response)).left).toBeUndefined();
    expect(await isSignedIn(browser)).toBe(false);
  });

  it.each([
    ['oidcc-rp-initiated-logout-no-id-token-hint', { post_logout_redirect_uri: AFTER, state: 'a-state' }],
    ['oidcc-rp-initiated-logout-no-params', {}],
    ['oidcc-rp-initiated-logout-only-state', { state: 'a-state' }],
  ])('%s', async (_, query) => {
    const { browser } = await signedIn();
    const { response } = await leave(browser, query as Record<string, string>);
    expect(response.status).toBe(200);
    await confirm(browser, response);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('oidcc-rp-initiated-logout-no-post-logout-redirect-uri', async () => {
    const { browser, hint } = await signedIn();
    const { left, response } = await leave(browser, { id_token_hint: hint });
    expect([left, response.status]).toEqual([undefined, 200]);
    expect(await isSignedIn(browser)).toBe(false);
  });
});

describe('oidcc-backchannel-rp-initiated-logout-certification-test-plan', () => {
  it('oidcc-backchannel-logout-discovery-endpoint-verification', async () => {
    const found = await (await fetch(`${suite.test.issuer}/.well-known/openid-configuration`)).json();
    expect(found).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    });
  });

  it('oidcc-backchannel-rp-initiated-logout', async () => {
    const { browser, hint } = await signedIn();
    await leave(browser, { id_token_hint: hint, post_logout_redirect_uri: AFTER });
    await suite.test.queue.drain();
    const idToken = decodeJwt(hint);
    const token = ear.tokens.find((one) => decodeJwt(one).sid === idToken.sid) ?? '';
    const told = decodeJwt(token);
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', typ: 'logout+jwt' });
    expect(told).toMatchObject({
      iss: suite.test.issuer,
      aud: rp.client.client_id,
      sub: idToken.sub,
      sid: idToken.sid,
    });
    expect(told).toMatchObject({ jti: expect.any(String), iat: expect.any(Number), exp: expect.any(Number) });
    expect(told.events).toEqual({ 'http://schemas.openid.net/event/backchannel-logout': {} });
    expect(told).not.toHaveProperty('nonce');
    expect(await isSignedIn(browser)).toBe(false);
  });
});
