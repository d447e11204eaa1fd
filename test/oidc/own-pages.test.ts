import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OWN_CLIENT, ownAuthorization } from '../../src/login/own-pages-request.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson, type Person } from './people.ts';
import { RelyingParty } from './relying-party.ts';

let test: TestDoor;
let lina: Person;

beforeAll(async () => {
  test = await openTestDoor();
  lina = await aPerson(test);
}, 60_000);
afterAll(() => test.stop());

const toAccount = () =>
  ownAuthorization({ endpoint: '/authorize', issuer: test.issuer, to: '/account', credentials: 'any' });

describe('Préau’s own pages', () => {
  it('sign in by the same way, as nobody’s application', async () => {
    const browser = test.browser();
    const { response } = await browser.open(toAccount());
    const page = await response.json();
    expect(page).toMatchObject({ page: 'sign-in' });
    expect(page).not.toHaveProperty('application');
    browser.person = `${lina.id} one`;
    const done = await browser.get(response.url);
    const resumed = await browser.get(done.headers.get('location') ?? '');
    const landing = new URL(resumed.headers.get('location') ?? '');
    expect([landing.pathname, landing.searchParams.get('state')]).toEqual(['/signed-in', '/account']);
  });

  it('share their session with the applications', async () => {
    const browser = test.browser();
    browser.person = `${lina.id} one`;
    await browser.open(toAccount()).catch(() => {});
    browser.person = '';
    const rp = await RelyingParty.at(test.issuer, await test.register());
    expect((await rp.signIn(browser)).access_token).toBeTruthy();
  });

  it('have no code that anybody could exchange for claims', async () => {
    const browser = test.browser();
    browser.person = `${lina.id} one`;
    let response = await browser.get(toAccount());
    while (!response.headers.get('location')?.includes('/signed-in'))
      response = await browser.get(response.headers.get('location') ?? '');
    const code = new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const form = { grant_type: 'authorization_code', client_id: OWN_CLIENT, code };
    const answer = await fetch(`${test.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        ...form,
        redirect_uri: `${test.issuer}/signed-in`,
        code_verifier: 'a'.repeat(43),
      }),
    });
    expect([answer.status, (await answer.json()).error]).toEqual([400, 'invalid_grant']);
  });
});

describe('a renewed cookie', () => {
  it('is sent by no answer of a request that wrote nothing', async () => {
    const rp = await RelyingParty.at(test.issuer, await test.register());
    const browser = test.browser();
    browser.person = `${lina.id} one`;
    await rp.signIn(browser);
    const { url } = await rp.authorizationUrl({ prompt: 'none' });
    const response = await browser.get(url);
    expect(response.headers.get('location')).toContain('code=');
    expect(response.headers.getSetCookie().join()).not.toContain('preau_session');
  });

  it('is not overwritten by a tab that still sends the older one', async () => {
    const rp = await RelyingParty.at(test.issuer, await test.register());
    const browser = test.browser();
    browser.person = `${lina.id} one`;
    await rp.signIn(browser);
    const late = browser.copy();
    await rp.signIn(browser, { prompt: 'login' });
    const response = await late.get((await rp.authorizationUrl({ prompt: 'none' })).url);
    expect(response.headers.getSetCookie().join()).not.toContain('preau_session');
    browser.person = '';
    expect((await rp.signIn(browser)).access_token).toBeTruthy();
  });
});
