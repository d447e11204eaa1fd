import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { secondsFromNow } from '../support/whole-clock.ts';
import type { Browser } from './browser.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson, type Person } from './people.ts';
import { RelyingParty } from './relying-party.ts';

const AFTER = 'http://localhost:3001/goodbye?from=preau';
let test: TestDoor;
let lina: Person;
let timetable: RelyingParty;
let library: RelyingParty;

beforeAll(async () => {
  test = await openTestDoor();
  lina = await aPerson(test);
  timetable = await RelyingParty.at(test.issuer, await test.register({ post_logout_redirect_uris: [AFTER] }));
  library = await RelyingParty.at(test.issuer, await test.register());
  // Told once what the library receives: what is silent after that is silent about the session alone.
  await library.signIn(linasBrowser());
}, 60_000);
afterAll(() => test.stop());

function linasBrowser(): Browser {
  const browser = test.browser();
  browser.person = `${lina.id} one`;
  return browser;
}

async function signOut(browser: Browser, query: Record<string, string>) {
  return browser.open(`/session/end?${new URLSearchParams(query)}`);
}

/** Somebody is signed in if a silent request gets a code. */
async function isSignedIn(browser: Browser): Promise<boolean> {
  const { left } = await browser.open((await library.authorizationUrl({ prompt: 'none' })).url);
  return left?.searchParams.has('code') ?? false;
}

async function confirm(browser: Browser, page: string) {
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
  return browser.follow(await browser.post('/session/end/confirm', { xsrf, logout: 'yes' }));
}

const clearedBy = ({ headers }: Response) => headers.get('clear-site-data');

describe('signing out of a relying party', () => {
  it('ends the session, whatever became of another relying party that is in it', async () => {
    const browser = linasBrowser();
    const spoilt = await RelyingParty.at(test.issuer, await test.register());
    await spoilt.signIn(browser);
    const uris = JSON.stringify({ application_type: 'native', redirect_uris: ['https://127.0.0.1/cb'] });
    await test.stores.pool.query('update clients set metadata = metadata || $1::jsonb where client_id = $2', [
      ...[uris, spoilt.client.client_id],
    ]);
    await test.door.registry.catchUp();
    const refused = await browser.open((await spoilt.authorizationUrl()).url);
    expect(refused.response.status).toBe(400);
    const { response } = await signOut(browser, {});
    await confirm(browser, await response.text());
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('asks nothing where the hint names who is signed in, and goes back with the state', async () => {
    const browser = linasBrowser();
    const { id_token: hint = '' } = await timetable.signIn(browser);
    const query = { id_token_hint: hint, post_logout_redirect_uri: AFTER, state: 'a b' };
    const { left, response } = await signOut(browser, query);
    expect(left?.href).toBe(`${AFTER}&state=a+b`);
    expect(clearedBy(response)).toBe('"storage"');
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('leaves its rows: the session ended, an audit line by the person', async () => {
    const browser = linasBrowser();
    const { id_token: hint = '' } = await timetable.signIn(browser);
    await signOut(browser, { id_token_hint: hint });
    const { rows } = await test.stores.pool.query(
      `select end_reason from sessions where person = ${lina.number} order by ended_at desc nulls last limit 1`,
    );
    expect(rows).toEqual([{ end_reason: 'sign-out' }]);
    const audit = await test.stores.pool.query(
      `select actor->>'person' as by from audit_events where name = 'session.ended' order by id desc limit 1`,
    );
    expect(audit.rows).toEqual([{ by: String(lina.number) }]);
  });

  it('asks with one button where there is no hint, without any script', async () => {
    const browser = linasBrowser();
    await timetable.signIn(browser);
    const { response } = await signOut(browser, {
      client_id: timetable.client.client_id,
      post_logout_redirect_uri: AFTER,
    });
    const page = await response.text();
    expect(page.match(/name="logout"/g)).toHaveLength(1);
    expect(page).not.toContain('<script');
    expect(response.headers.get('content-security-policy')).toContain('http://localhost:3001');
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('goes on after the button, and the next request asks again', async () => {
    const browser = linasBrowser();
    await timetable.signIn(browser);
    const { response } = await signOut(browser, {
      client_id: timetable.client.client_id,
      post_logout_redirect_uri: AFTER,
    });
    expect(clearedBy(response)).toBeNull();
    const { left, response: last } = await confirm(browser, await response.text());
    expect([left?.href, clearedBy(last)]).toEqual([AFTER, '"storage"']);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('asks where the hint names somebody else', async () => {
    const hugo = await aPerson(test, { givenName: 'Hugo' });
    const other = test.browser();
    other.person = `${hugo.id} one`;
    const { id_token: hint = '' } = await timetable.signIn(other);
    const browser = linasBrowser();
    await timetable.signIn(browser);
    const { response } = await signOut(browser, { id_token_hint: hint });
    expect(await response.text()).toContain('name="logout"');
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('is no matter of a link or a form without its token', async () => {
    const browser = linasBrowser();
    await timetable.signIn(browser);
    await signOut(browser, {});
    const response = await browser.post('/session/end/confirm', { xsrf: 'guessed', logout: 'yes' });
    expect([response.status, response.headers.get('location')]).toEqual([303, `${test.issuer}/session/end`]);
    expect(clearedBy(response)).toBeNull();
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('says so where the button is pressed a second time', async () => {
    const browser = linasBrowser();
    await timetable.signIn(browser);
    const page = await (await signOut(browser, {})).response.text();
    await confirm(browser, page);
    const { response } = await confirm(browser, page);
    expect([response.status, await response.text()]).toEqual([
      200,
      expect.stringContaining('Vous êtes déconnecté'),
    ]);
  });

  it('asks afresh where the older of two pages is answered', async () => {
    const browser = linasBrowser();
    await timetable.signIn(browser);
    const older = await (await signOut(browser, {})).response.text();
    await signOut(browser, {});
    const { response } = await confirm(browser, older);
    const page = await response.text();
    expect([response.status, page.match(/name="logout"/g)]).toEqual([200, ['name="logout"']]);
    expect(await isSignedIn(browser)).toBe(true);
    await confirm(browser, page);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('ends on our page where the target is not registered', async () => {
    const browser = linasBrowser();
    const { id_token: hint = '' } = await timetable.signIn(browser);
    const { response, left } = await signOut(browser, {
      id_token_hint: hint,
      post_logout_redirect_uri: 'https://evil.example/',
    });
    expect(left).toBeUndefined();
    expect(await response.text()).toContain('Vous êtes déconnecté');
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('knows a relying party that sends its target alone', async () => {
    const browser = linasBrowser();
    await timetable.signIn(browser);
    const { response } = await signOut(browser, { post_logout_redirect_uri: AFTER });
    const page = await response.text();
    expect(page).toContain('Emploi du temps');
    expect((await confirm(browser, page)).left?.href).toBe(AFTER);
  });

  it('takes a POST', async () => {
    const browser = linasBrowser();
    const { id_token: hint = '' } = await timetable.signIn(browser);
    const query = { id_token_hint: hint, post_logout_redirect_uri: AFTER };
    const { left } = await browser.follow(await browser.post('/session/end', query));
    expect(left?.href).toBe(AFTER);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('takes an id token that expired long ago, and asks nothing', async () => {
    const browser = linasBrowser();
    const { id_token: hint = '' } = await secondsFromNow(-3600, () => timetable.signIn(browser));
    expect(Number(decodeJwt(hint).exp)).toBeLessThan(Date.now() / 1000 - 1800);
    expect(await isSignedIn(browser)).toBe(true);
    const { left } = await signOut(browser, { id_token_hint: hint, post_logout_redirect_uri: AFTER });
    expect(left?.href).toBe(AFTER);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it.each([
    ['forged', (hint: string) => `${hint.slice(0, -20)}${'A'.repeat(20)}`],
    ['unsigned', (hint: string) => `eyJhbGciOiJub25lIn0.${hint.split('.')[1]}.`],
    ['no token at all', () => 'garbage'],
  ])('asks where the hint is %s, and goes on after the button', async (_, spoil) => {
    const browser = linasBrowser();
    const { id_token: hint = '' } = await timetable.signIn(browser);
    const { client_id } = timetable.client;
    const query = { client_id, id_token_hint: spoil(hint), post_logout_redirect_uri: AFTER };
    const { response, left } = await signOut(browser, query);
    expect([response.status, left]).toEqual([200, undefined]);
    expect(await isSignedIn(browser)).toBe(true);
    expect((await confirm(browser, await response.text())).left?.href).toBe(AFTER);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('takes a parameter without a value for one that was not sent', async () => {
    const browser = linasBrowser();
    const { id_token: hint = '' } = await timetable.signIn(browser);
    const hinted = { client_id: '', id_token_hint: hint, post_logout_redirect_uri: AFTER };
    expect((await signOut(browser, hinted)).left?.href).toBe(AFTER);
    expect(await isSignedIn(browser)).toBe(false);
    await timetable.signIn(browser);
    const alone = { id_token_hint: '', client_id: '', post_logout_redirect_uri: AFTER };
    const { response } = await signOut(browser, alone);
    expect((await confirm(browser, await response.text())).left?.href).toBe(AFTER);
  });

  it('asks where the relying party is gone or another one than the hint names', async () => {
    const browser = linasBrowser();
    const { id_token: hint = '' } = await timetable.signIn(browser);
    for (const query of [
      { client_id: 'gone', post_logout_redirect_uri: AFTER },
      { client_id: library.client.client_id, id_token_hint: hint, post_logout_redirect_uri: AFTER },
    ]) {
      const { response } = await signOut(browser, query);
      expect(await response.text()).toContain('name="logout"');
      expect(await isSignedIn(browser)).toBe(true);
    }
  });

  it('speaks the language that was wished', async () => {
    const browser = linasBrowser();
    await timetable.signIn(browser);
    const { response } = await signOut(browser, { ui_locales: 'en' });
    expect(await response.text()).toContain('Sign out?');
  });
});

describe('without a session', () => {
  it('goes straight back to a registered target', async () => {
    const { id_token: hint = '' } = await timetable.signIn(linasBrowser());
    const query = { id_token_hint: hint, post_logout_redirect_uri: AFTER, state: 's' };
    expect((await signOut(test.browser(), query)).left?.href).toBe(`${AFTER}&state=s`);
  });

  it('ends on our page otherwise, without any script', async () => {
    const { response } = await signOut(test.browser(), {});
    const page = await response.text();
    expect([response.status, page.includes('<script')]).toEqual([200, false]);
    expect(page).toContain('Vous êtes déconnecté');
  });
});
