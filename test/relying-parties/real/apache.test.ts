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

beforeAll(async () => {
  test = await openTestDoor({ remote: { allowsLoopback: true } });
  baseUrl = `http://localhost:${await freePort()}`;
  const client = await test.register({
    redirect_uris: [`${baseUrl}/callback`],
    post_logout_redirect_uris: [`${baseUrl}/open/index.html`],
    backchannel_logout_uri: `${baseUrl}/callback?logout=backchannel`,
  });
  const { client_id: clientId, client_secret: clientSecret = '' } = client;
  apache = await runApache({ issuer: test.issuer, baseUrl, clientId, clientSecret });
}, 60_000);
afterAll(async () => {
  await apache?.stop();
  await test.stop();
});

async function signedIn(): Promise<Roamer> {
  lina = await aPerson(test);
  const browser = new Roamer(test.issuer, `${lina.id} one`);
  const { text } = await browser.open(`${baseUrl}/me.shtml`);
  expect(text).toContain('Lina Martin|');
  return browser;
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
