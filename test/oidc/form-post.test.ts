import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSuspendClient } from '../../src/relying-parties/suspend-client.ts';
import { BY, openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson } from './people.ts';
import { RelyingParty } from './relying-party.ts';

let test: TestDoor;
let timetable: RelyingParty;
let person: string;

beforeAll(async () => {
  test = await openTestDoor();
  person = `${(await aPerson(test)).id} one`;
  const redirect_uris = ['https://timetable.example/callback'];
  timetable = await RelyingParty.at(test.issuer, await test.register({ redirect_uris }));
}, 60_000);
afterAll(() => test.stop());

const policyOf = (response: Response) => response.headers.get('content-security-policy') ?? '';

describe('an answer by form_post', () => {
  it('may be posted to the relying party, by the script of the page alone', async () => {
    const browser = test.browser();
    browser.person = person;
    const { url } = await timetable.authorizationUrl({ response_mode: 'form_post' });
    const { response } = await browser.open(url);
    expect(await response.text()).toContain('name="code"');
    expect(policyOf(response)).toContain("form-action 'self' https://timetable.example;");
    expect(policyOf(response)).toMatch(/script-src 'sha256-[^']+';/);
  });

  it('may be one of an error', async () => {
    const { url } = await timetable.authorizationUrl({ response_mode: 'form_post', prompt: 'none' });
    const { response } = await test.browser().open(url);
    expect(await response.text()).toContain('value="login_required"');
    expect(policyOf(response)).toContain('https://timetable.example');
  });

  it('may be one of an error in a frame of the relying party, which asks silently', async () => {
    const { url } = await timetable.authorizationUrl({ response_mode: 'form_post', prompt: 'none' });
    const { response } = await test.browser().open(url);
    expect(await response.text()).toContain('value="login_required"');
    expect(policyOf(response)).toContain('frame-ancestors https://timetable.example;');
    expect(response.headers.get('x-frame-options')).toBeNull();
  });

  it('is no page of ours: what cannot be posted stands in no frame', async () => {
    const browser = test.browser();
    browser.person = person;
    const redirect_uris = ['https://timetable.example/callback'];
    const gone = await RelyingParty.at(test.issuer, await test.register({ redirect_uris }));
    await gone.authorizationUrl().then(({ url }) => browser.open(url));
    const { url } = await gone.authorizationUrl({ response_mode: 'form_post', prompt: 'none' });
    // Known here still, so that its redirect URI is a registered one.
    await test.orders.stop();
    await createSuspendClient({ db: test.stores.db, now: test.now })(BY, { clientId: gone.client.client_id });
    const { response } = await browser.open(url).finally(() => test.orders.start());
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining('invalid_client'),
    ]);
    expect(policyOf(response)).toContain("frame-ancestors 'none'");
    expect(response.headers.get('x-frame-options')).toBe('DENY');
  });

  it('goes to no address that is not registered', async () => {
    const redirect_uri = 'https://evil.example/callback';
    const { url } = await timetable.authorizationUrl({ response_mode: 'form_post', redirect_uri });
    const { response } = await test.browser().open(url);
    expect(response.status).toBe(400);
    expect(policyOf(response)).not.toContain('evil');
    expect(await response.text()).not.toContain('<form method="post" action="https');
  });
});

describe('an address that nobody has', () => {
  it.each([
    ['GET', '/nowhere'],
    ['PUT', '/token'],
    ['DELETE', '/session/end'],
  ])('%s %s gets our page', async (method, path) => {
    const response = await fetch(`${test.issuer}${path}`, { method, headers: { accept: 'text/html' } });
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('<h1');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });
});
