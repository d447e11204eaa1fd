import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { endSessionsOf } from '../../../src/sessions/end-session.ts';
import { BY, openTestDoor, type TestDoor } from '../../oidc/door-harness.ts';
import { aPerson, type Person } from '../../oidc/people.ts';
import { runApache } from './apache.ts';
import { freePort, type Running } from './application.ts';
import { Roamer } from './roamer.ts';

let test: TestDoor;
let lina: Person;
let apache: Running;
let baseUrl: string;
let clientId: string;
let clientSecret: string;

beforeAll(async () => {
  test = await openTestDoor({
    remote: { allowsLoopback: true },
    // Soon a minute before its end.
    lifetimes: { accessTokenSeconds: 62 },
  });
  baseUrl = `http://localhost:${await freePort()}`;
  const client = await test.register({
    redirect_uris: [`${baseUrl}/callback`],
    post_logout_redirect_uris: [`${baseUrl}/open/index.html`],
    backchannel_logout_uri: `${baseUrl}/callback?logout=backchannel`,
  });
  ({ client_id: clientId, client_secret: clientSecret = '' } = client);
  apache = await runApache({ issuer: test.issuer, baseUrl, clientId, clientSecret });
}, 60_000);
afterAll(async () => {
  await apache?.stop();
  await test.stop();
});

async function signedIn(): Promise<Roamer> {
  lina = await aPerson(test);
  const browser = new Roamer(test.issuer, `${lina.id} one`);
  const said = await open(browser, '/me.shtml');
  expect(said).toMatchObject({ CLAIM_name: 'Lina Martin', CLAIM_profiles: 'pupil' });
  return browser;
}

async function open(browser: Roamer, path: string): Promise<Record<string, string>> {
  const { text } = await browser.open(`${baseUrl}${path}`);
  return JSON.parse(text);
}

/** What Apache passes on once it no longer passes on `former`. */
async function refreshed(browser: Roamer, former: Record<string, string>): Promise<Record<string, string>> {
  for (let tries = 0; tries < 100; tries += 1) {
    const tokens = await open(browser, '/calls/tokens.shtml');
    if (tokens.access_token !== former.access_token) return tokens;
    await pause(100);
  }
  throw new Error('the access token stayed the same');
}

function userinfo(accessToken: string | undefined): Promise<Response> {
  return fetch(`${test.issuer}/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } });
}

async function showAgain(refreshToken: string | undefined): Promise<unknown> {
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  const response = await fetch(`${test.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken ?? '' }),
  });
  return { status: response.status, ...((await response.json()) as object) };
}

async function openSessions(): Promise<number> {
  const { rows } = await test.stores.pool.query(
    'select count(*)::int as n from sessions where person = $1 and ended_at is null',
    [lina.number],
  );
  return rows[0].n;
}

describe('Apache’s mod_auth_openidc', () => {
  it('signs in, reads claims, signs out', async () => {
    const browser = await signedIn();
    const back = encodeURIComponent(`${baseUrl}/open/index.html`);
    const { text } = await browser.open(`${baseUrl}/callback?logout=${back}`);
    expect(text).toBe('signed out');
    expect(await openSessions()).toBe(0);
  });

  it('passes on the claims of userinfo, and refreshes in time with a token that Préau rotates', async () => {
    const browser = await signedIn();
    const { CLAIM_sub: sub } = await open(browser, '/me.shtml');
    const first = await open(browser, '/calls/tokens.shtml');
    const second = await refreshed(browser, first);
    const answer = await userinfo(second.access_token);
    expect(await answer.json()).toMatchObject({ sub, name: 'Lina Martin', profiles: ['pupil'] });
    expect(second.refresh_token).toMatch(/^[\w-]{43}$/);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(await showAgain(first.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' });
    // The family has ended with it.
    expect((await userinfo(second.access_token)).status).toBe(401);
  });

  it('hears of a sign-out elsewhere', async () => {
    const browser = await signedIn();
    await test.stores.db
      .transaction()
      .execute((tx) => endSessionsOf(tx, lina.number, { by: BY, at: new Date(), reason: 'elsewhere' }));
    await test.queue.drain();
    const { rows } = await test.stores.pool.query(
      'select state, last_status from logout_notices where person = $1',
      [lina.number],
    );
    expect(rows).toEqual([{ state: 'confirmed', last_status: 200 }]);
    // Préau asks anew, and the browser of the test says again who it is.
    expect(await openSessions()).toBe(0);
    await browser.open(`${baseUrl}/me.shtml`);
    expect(await openSessions()).toBe(1);
  });
});
