import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from './browser.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson } from './people.ts';
import { RelyingParty } from './relying-party.ts';

const REGISTERED = 'https://rp.example/callback';
const QUERY = 'https://rp.example/callback?tenant=a&x=%20';
const SLASH = 'https://rp.example/slash/';
const AFTER = 'https://rp.example/goodbye';
const AFTER_QUERY = 'https://rp.example/goodbye?from=preau';
const AFTER_SLASH = 'https://rp.example/bye/';

/** What is not byte for byte what was registered (RFC 9700 §4.1.3). */
function variantsOf(registered: string): string[] {
  return [
    `${registered}/`,
    `${registered}/.`,
    `${registered}/..`,
    `${registered}//`,
    `${registered}/evil`,
    `${registered}?`,
    `${registered}?next=https://evil.example`,
    `${registered}&a=b`,
    `${registered};a=b`,
    `${registered}#`,
    `${registered}#fragment`,
    `${registered}%00`,
    `${registered}%0d%0aSet-Cookie:a=b`,
    `${registered}%20`,
    `${registered} `,
    ` ${registered}`,
    `${registered}\t`,
    `${registered}\n`,
    `\u00a0${registered}`,
    `${registered}.evil.example`,
    `${registered}@evil.example`,
    registered.toUpperCase(),
    registered.replace('https', 'HTTPS'),
    registered.replace('https', 'http'),
    registered.replace('https:', 'javascript:'),
    registered.replace('https://', 'data:text/html,//'),
    registered.replace('https://', 'https:'),
    registered.replace('https://', 'https:/'),
    registered.replace('https://', 'https:///'),
    registered.replace('https://', 'https:\\\\'),
    registered.replace('https://', '//'),
    registered.replace('https:', ''),
    registered.replace('rp.example', 'RP.EXAMPLE'),
    registered.replace('rp.example', 'rp.example.'),
    registered.replace('rp.example', 'www.rp.example'),
    registered.replace('rp.example', 'rp.example.evil.example'),
    registered.replace('rp.example', 'evilrp.example'),
    registered.replace('rp.example', 'evil.example'),
    registered.replace('rp.example', 'rp.example:443'),
    registered.replace('rp.example', 'rp.example:8443'),
    registered.replace('rp.example', 'rp.example@evil.example'),
    registered.replace('rp.example', 'evil.example@rp.example'),
    registered.replace('rp.example', 'user:password@rp.example'),
    registered.replace('rp.example', 'rp.example%2eevil.example'),
    registered.replace('rp.example', 'rp%2eexample'),
    registered.replace('rp.example', 'rp.example\\@evil.example'),
    registered.replace('rp.example', 'rp.example#@evil.example'),
    registered.replace('rp.example', 'evil.example/rp.example'),
    registered.replace('rp.example', 'evil.example?rp.example'),
    registered.replace('rp.example', 'evil.example\\rp.example'),
    registered.replace('rp.example', 'ｒp.example'),
    registered.replace('rp.example', 'rр.example'),
    registered.replace('rp.example', 'rp。example'),
    registered.replace('rp.example', '127.0.0.1'),
    registered.replace('rp.example', '[::1]'),
    registered.replace('rp.example/', 'rp.example//'),
    registered.replace('rp.example/', 'rp.example/./'),
    registered.replace('rp.example/', 'rp.example/evil/../'),
    registered.replace('rp.example/', 'rp.example/%2e%2e/'),
    registered.replace('rp.example/', 'rp.example/..%2f'),
    registered.replace('rp.example/', 'rp.example\\'),
    registered.replace(/([a-z])$/, (last) => last.toUpperCase()),
    registered.replace(/([a-z])$/, (last) => `%${last.charCodeAt(0).toString(16)}`),
    registered.slice(0, -1),
    `<script>alert(1)</script>`,
    `"><img src=x onerror=alert(1)>${registered}`,
    `javascript:alert(1)//${registered}`,
    `https://rp.example`,
    `https://rp.example/`,
    `/callback`,
    `*`,
    `https://*.example/callback`,
    'null',
    '',
  ];
}

let test: TestDoor;
let rp: RelyingParty;
let browser: Browser;

beforeAll(async () => {
  test = await openTestDoor();
  const client = await test.register({
    redirect_uris: [REGISTERED, QUERY, SLASH],
    post_logout_redirect_uris: [AFTER, AFTER_QUERY, AFTER_SLASH],
  });
  rp = await RelyingParty.at(test.issuer, client);
  browser = test.browser();
  browser.person = `${(await aPerson(test)).id} one`;
  await browser.open((await rp.authorizationUrl()).url);
}, 60_000);
afterAll(() => test.stop());

describe('a redirect_uri', () => {
  it('is tried in at least 60 ways that were not registered', () => {
    expect(new Set(variantsOf(REGISTERED)).size).toBeGreaterThanOrEqual(60);
  });

  it.each([REGISTERED, QUERY, SLASH])('%s goes there, byte for byte', async (redirect_uri) => {
    const { left } = await browser.open((await rp.authorizationUrl({ redirect_uri })).url);
    expect(
      left?.href.startsWith(redirect_uri.replace('%20', '+')) || left?.href.startsWith(redirect_uri),
    ).toBe(true);
    expect(left?.searchParams.get('code')).toBeTruthy();
    for (const [name, value] of new URL(redirect_uri).searchParams)
      expect(left?.searchParams.get(name)).toBe(value);
  });

  it.each([...new Set(variantsOf(REGISTERED))])('%j sends nobody anywhere', async (redirect_uri) => {
    const { left, response } = await browser.open((await rp.authorizationUrl({ redirect_uri })).url);
    const page = await response.text();
    expect([left, response.status]).toEqual([undefined, 400]);
    expect(response.headers.get('location')).toBeNull();
    expect(page).not.toMatch(/<script>alert|<img src=x|href="javascript:/);
  });

  it.each(variantsOf(REGISTERED).slice(0, 20))('%j is refused when it is pushed', async (redirect_uri) => {
    const { client_id, client_secret } = rp.client;
    const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
    const { url } = await rp.authorizationUrl({ redirect_uri });
    const answer = await fetch(`${test.issuer}/par`, {
      method: 'POST',
      headers: { authorization },
      body: url.searchParams,
    });
    expect(answer.status).toBe(400);
  });

  it('at the token endpoint is the one that was asked with', async () => {
    for (const redirect_uri of [SLASH, QUERY, `${REGISTERED}/`, '']) {
      const asked = await rp.authorizationUrl({ redirect_uri: REGISTERED });
      const { left } = await browser.open(asked.url);
      const body = new URLSearchParams({
        grant_type: 'authorization_code',
        code: left?.searchParams.get('code') ?? '',
        code_verifier: asked.verifier,
        ...(redirect_uri && { redirect_uri }),
      });
      const { client_id, client_secret } = rp.client;
      const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
      const answer = await fetch(`${test.issuer}/token`, {
        method: 'POST',
        headers: { authorization },
        body,
      });
      expect(answer.status).toBe(400);
    }
  });
});

describe('a post_logout_redirect_uri', () => {
  const leave = (target: string, state?: string) => {
    const query = {
      client_id: rp.client.client_id,
      post_logout_redirect_uri: target,
      ...(state && { state }),
    };
    return test.browser().open(`/session/end?${new URLSearchParams(query)}`);
  };

  it.each([AFTER, AFTER_QUERY, AFTER_SLASH])('%s goes there, with the state', async (target) => {
    const { left } = await leave(target, 'a b&c');
    expect(left?.href.startsWith(target)).toBe(true);
    expect(left?.searchParams.get('state')).toBe('a b&c');
  });

  it.each([...new Set(variantsOf(AFTER))])('%j ends on our page', async (target) => {
    const { left, response } = await leave(target);
    expect([left, response.status]).toEqual([undefined, 200]);
    const page = await response.text();
    expect(page).toContain('Vous êtes déconnecté');
    expect(page).not.toMatch(/<script>alert|<img src=x|evil\.example/);
  });

  it('of another client is none of this one', async () => {
    const other = await test.register({ post_logout_redirect_uris: ['https://other.example/bye'] });
    const query = { client_id: rp.client.client_id, post_logout_redirect_uri: 'https://other.example/bye' };
    expect(other.client_id).toBeTruthy();
    const { left } = await test.browser().open(`/session/end?${new URLSearchParams(query)}`);
    expect(left).toBeUndefined();
  });
});

describe('names and addresses with HTML', () => {
  it('are text on every page they stand on', async () => {
    const client_name = '<img src=x onerror=alert(1)>"\'&';
    const client = await test.register({
      client_name,
      application_type: 'native',
      redirect_uris: [
        'http://127.0.0.1/callback?a="><script>alert(1)</script>'.replace(/["<>]/g, encodeURIComponent),
      ],
    });
    const marked = await RelyingParty.at(test.issuer, client);
    const pages = [
      await browser.open((await marked.authorizationUrl()).url),
      await browser.open(`/session/end?client_id=${client.client_id}`),
    ];
    for (const { response } of pages) expect(await response.text()).not.toMatch(/<img src=x|<script>alert/);
  });
});
