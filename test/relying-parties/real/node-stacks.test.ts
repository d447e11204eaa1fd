import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { endSessionsOf } from '../../../src/sessions/end-session.ts';
import { BY, openTestDoor, type TestDoor } from '../../oidc/door-harness.ts';
import { aPerson, type Person } from '../../oidc/people.ts';
import { freePort, type Running, runStack } from './application.ts';
import { Roamer } from './roamer.ts';

let test: TestDoor;
let lina: Person;
const running: Running[] = [];

beforeAll(async () => {
  test = await openTestDoor({ remote: { allowsLoopback: true } });
}, 60_000);
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});
afterAll(() => test.stop());

type Metadata = (baseUrl: string) => object;

/** Registered, built, and a browser of Lina's before it. */
async function start(stack: string, metadata: Metadata): Promise<{ baseUrl: string; browser: Roamer }> {
  lina = await aPerson(test);
  const baseUrl = `http://localhost:${await freePort()}`;
  const client = await test.register(metadata(baseUrl));
  const { client_id: clientId, client_secret: clientSecret = '' } = client;
  running.push(await runStack(stack, { issuer: test.issuer, baseUrl, clientId, clientSecret }));
  return { baseUrl, browser: new Roamer(test.issuer, `${lina.id} one`) };
}

async function openSessions(): Promise<number> {
  const { rows } = await test.stores.pool.query(
    'select count(*)::int as n from sessions where person = $1 and ended_at is null',
    [lina.number],
  );
  return rows[0].n;
}

/** As staff does, or an order, or another application. */
async function endElsewhere(): Promise<void> {
  await test.stores.db
    .transaction()
    .execute((tx) => endSessionsOf(tx, lina.number, { by: BY, at: new Date(), reason: 'elsewhere' }));
  await test.queue.drain();
}

const json = ({ text }: { text: string }) => JSON.parse(text) as Record<string, unknown>;
const LINA = { given_name: 'Lina', family_name: 'Martin', name: 'Lina Martin' };

describe('openid-client', () => {
  const metadata: Metadata = (baseUrl) => ({
    redirect_uris: [`${baseUrl}/callback`],
    post_logout_redirect_uris: [`${baseUrl}/`],
    backchannel_logout_uri: `${baseUrl}/backchannel-logout`,
  });

  it('signs in, reads claims, refreshes, signs out', async () => {
    const { baseUrl, browser } = await start('openid-client', metadata);
    expect(json(await browser.open(`${baseUrl}/login`))).toMatchObject({ ...LINA, profiles: ['pupil'] });
    expect(json(await browser.open(`${baseUrl}/refresh`))).toEqual({ refreshed: true });
    expect(json(await browser.open(`${baseUrl}/logout`))).toEqual({ home: true });
    expect(await openSessions()).toBe(0);
  });

  it('hears of a sign-out elsewhere', async () => {
    const { baseUrl, browser } = await start('openid-client', metadata);
    await browser.open(`${baseUrl}/login`);
    await endElsewhere();
    expect(json(await browser.open(`${baseUrl}/me`))).toEqual({ signedOut: true });
  });
});

describe('express-openid-connect', () => {
  const metadata: Metadata = (baseUrl) => ({
    redirect_uris: [`${baseUrl}/callback`],
    post_logout_redirect_uris: [baseUrl],
    backchannel_logout_uri: `${baseUrl}/backchannel-logout`,
  });

  it('signs in, reads claims, refreshes, signs out', async () => {
    const { baseUrl, browser } = await start('express-openid-connect', metadata);
    expect(json(await browser.open(`${baseUrl}/me`))).toMatchObject(LINA);
    expect(json(await browser.open(`${baseUrl}/refresh`))).toEqual({ refreshed: true });
    expect(json(await browser.open(`${baseUrl}/logout`))).toEqual({ home: true });
    expect(await openSessions()).toBe(0);
  });

  it('hears of a sign-out elsewhere', async () => {
    const { baseUrl, browser } = await start('express-openid-connect', metadata);
    await browser.open(`${baseUrl}/me`);
    expect(json(await browser.open(`${baseUrl}/state`))).toEqual({ signedOut: false });
    await endElsewhere();
    expect(json(await browser.open(`${baseUrl}/state`))).toEqual({ signedOut: true });
  });
});

describe('passport-openidconnect, which sends no PKCE', () => {
  const metadata: Metadata = (baseUrl) => ({
    redirect_uris: [`${baseUrl}/callback`],
    post_logout_redirect_uris: [`${baseUrl}/`],
    token_endpoint_auth_method: 'client_secret_post',
    require_pkce: false,
  });

  it('signs in, reads claims, signs out', async () => {
    const { baseUrl, browser } = await start('passport-openidconnect', metadata);
    expect(json(await browser.open(`${baseUrl}/login`))).toMatchObject({
      displayName: 'Lina Martin',
      name: { givenName: 'Lina', familyName: 'Martin' },
    });
    expect(json(await browser.open(`${baseUrl}/logout`))).toEqual({ home: true });
    expect(json(await browser.open(`${baseUrl}/me`))).toEqual({ signedOut: true });
    expect(await openSessions()).toBe(0);
  });
});

describe('Auth.js, which reads the ID token alone', () => {
  const metadata: Metadata = (baseUrl) => ({
    redirect_uris: [`${baseUrl}/auth/callback/preau`],
    post_logout_redirect_uris: [`${baseUrl}/`],
    claims_in_id_token: true,
  });

  it('signs in, reads claims, signs out', async () => {
    const { baseUrl, browser } = await start('auth-js', metadata);
    const { csrfToken } = json(await browser.open(`${baseUrl}/auth/csrf`)) as { csrfToken: string };
    const arrival = await browser.post(`${baseUrl}/auth/signin/preau`, {
      csrfToken,
      callbackUrl: `${baseUrl}/`,
    });
    expect(json(arrival)).toEqual({ home: true });
    const session = json(await browser.open(`${baseUrl}/auth/session`));
    expect(session.profile).toMatchObject({ ...LINA, profiles: ['pupil'] });
    expect(json(await browser.open(`${baseUrl}/logout`))).toEqual({ home: true });
    expect(await openSessions()).toBe(0);
  });
});
