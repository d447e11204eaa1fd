import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as oidc from 'openid-client';
import { ACRS } from '../../src/relying-parties/acr-values.ts';
import { secondsFromNow } from '../support/whole-clock.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson, type Person } from './people.ts';
import { RelyingParty } from './relying-party.ts';

let test: TestDoor;
let lina: Person;
let timetable: RelyingParty;

beforeAll(async () => {
  test = await openTestDoor();
  lina = await aPerson(test, { code: '6A' });
  timetable = await RelyingParty.at(test.issuer, await test.register());
}, 60_000);
afterAll(() => test.stop());

function linasBrowser(acr = 'one') {
  const browser = test.browser();
  browser.person = `${lina.id} ${acr}`;
  return browser;
}

const errorOf = (left: URL | undefined) => left?.searchParams.get('error');

/** A relying party of its own for the cases that need other metadata. */
async function aRelyingParty(metadata: object = {}, publisher?: string) {
  return RelyingParty.at(test.issuer, await test.register(metadata, publisher));
}

describe('signing in', () => {
  it('goes from the relying party to Préau and back with a code that becomes tokens', async () => {
    const tokens = await timetable.signIn(linasBrowser());
    expect(tokens.claims()).toMatchObject({ acr: 'urn:preau:acr:one', amr: ['pwd'], iss: test.issuer });
    expect(tokens.claims()).not.toHaveProperty('given_name');
    expect(await timetable.userinfo(tokens)).toMatchObject({
      sub: tokens.claims()?.sub,
      name: 'Lina Martin',
      profiles: ['pupil'],
      establishments: [{ uai: '0750001A', classes: ['6A'] }],
    });
  });

  it('is asked once: the second relying party knows her by another sub, of the same publisher by the same', async () => {
    const [library, lessons, loans] = [
      await aRelyingParty({}, 'Bibliothèque'),
      await aRelyingParty({ redirect_uris: ['https://lessons.example/cb'] }, 'Éditeur'),
      await aRelyingParty({ redirect_uris: ['https://loans.example/cb'] }, 'Éditeur'),
    ];
    const browser = linasBrowser();
    const subs = [(await library.signIn(browser)).claims()?.sub];
    browser.person = '';
    for (const rp of [lessons, loans]) subs.push((await rp.signIn(browser)).claims()?.sub);
    expect(new Set(subs).size).toBe(2);
    expect(subs[1]).toBe(subs[2]);
    for (const sub of subs) expect(sub).not.toContain(lina.id);
  });

  it('answers with iss, also an error, and 303', async () => {
    const { url } = await timetable.authorizationUrl({ prompt: 'none' });
    const response = await test.browser().get(url);
    expect(response.status).toBe(303);
    const left = new URL(response.headers.get('location') ?? '');
    expect([errorOf(left), left.searchParams.get('iss')]).toEqual(['login_required', test.issuer]);
  });

  it('can be left: the relying party hears access_denied', async () => {
    const browser = test.browser();
    browser.person = 'cancel';
    const { left } = await browser.open((await timetable.authorizationUrl()).url);
    expect(errorOf(left)).toBe('access_denied');
  });

  it('asks again for prompt=login and for a max_age that has passed', async () => {
    const browser = linasBrowser();
    await timetable.signIn(browser);
    browser.person = '';
    for (const wish of [{ prompt: 'login' }, { max_age: '0' }]) {
      await new Promise((resolve) => setTimeout(resolve, 1100));
      const { response, left } = await browser.open((await timetable.authorizationUrl(wish)).url);
      expect(left).toBeUndefined();
      expect(await response.json()).toMatchObject({ page: 'sign-in', prompt: { name: 'login' } });
    }
  });

  it('belongs to its browser', async () => {
    const { response } = await test.browser().open((await timetable.authorizationUrl()).url);
    const thief = linasBrowser();
    expect((await thief.get(response.url)).status).toBe(400);
  });

  it('of somebody else in the same browser asks before it ends the first one’s session', async () => {
    const hugo = await aPerson(test, { givenName: 'Hugo' });
    const browser = linasBrowser();
    await timetable.signIn(browser);
    browser.person = `${hugo.id} one`;
    const asked = await timetable.authorizationUrl({ prompt: 'login' });
    const { response } = await browser.open(asked.url);
    const page = await response.text();
    expect(page).toContain('name="logout"');
    expect(page).not.toContain('<script');
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const { left } = await browser.follow(
      await browser.post('/session/end/confirm', { xsrf, logout: 'yes' }),
    );
    const tokens = await timetable.exchange(left ?? new URL('about:blank'), asked);
    expect(await timetable.userinfo(tokens)).toMatchObject({ name: 'Hugo Martin' });
  });
});

describe('a request', () => {
  it('without PKCE, with plain or with an unregistered redirect is refused', async () => {
    const plain = { code_challenge_method: 'plain' };
    const { url } = await timetable.authorizationUrl(plain);
    expect(errorOf((await linasBrowser().open(url)).left)).toBe('invalid_request');
    for (const name of ['code_challenge', 'code_challenge_method']) url.searchParams.delete(name);
    expect(errorOf((await linasBrowser().open(url)).left)).toBe('invalid_request');
    for (const redirect of [
      'http://localhost:3001/callback/',
      'http://localhost:3001/callback?x=1',
      'http://evil.example/',
    ]) {
      const { response, left } = await linasBrowser().open(
        (await timetable.authorizationUrl({ redirect_uri: redirect })).url,
      );
      expect([left, response.status]).toEqual([undefined, 400]);
      expect(await response.text()).toContain('invalid_redirect_uri');
    }
  });

  it('without PKCE is answered where a confidential client is registered as unable to', async () => {
    const old = await aRelyingParty({ require_pkce: false });
    const { url, ...asked } = await old.authorizationUrl();
    for (const name of ['code_challenge', 'code_challenge_method']) url.searchParams.delete(name);
    const { left } = await linasBrowser().open(url);
    const checks = { expectedState: asked.state, expectedNonce: asked.nonce };
    const tokens = await oidc.authorizationCodeGrant(old.config, left ?? url, checks);
    expect(tokens.access_token).toBeTruthy();
  });

  it('shows a code verifier where no challenge was sent: refused (PKCE downgrade)', async () => {
    const old = await aRelyingParty({ require_pkce: false });
    const { url, ...asked } = await old.authorizationUrl();
    for (const name of ['code_challenge', 'code_challenge_method']) url.searchParams.delete(name);
    const { left } = await linasBrowser().open(url);
    await expect(old.exchange(left ?? url, { url, ...asked })).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('pushed first is answered once', async () => {
    const { verifier, state, nonce, url } = await timetable.authorizationUrl();
    const pushed = await oidc.buildAuthorizationUrlWithPAR(
      timetable.config,
      Object.fromEntries(url.searchParams),
    );
    const browser = linasBrowser();
    const { left } = await browser.open(pushed);
    expect(
      (await timetable.exchange(left ?? pushed, { url, verifier, state, nonce })).access_token,
    ).toBeTruthy();
    const { response, left: again } = await browser.open(pushed);
    expect(errorOf(again) ?? (await response.text())).toContain('invalid_request_uri');
  });

  it('may come by POST', async () => {
    const { url } = await timetable.authorizationUrl();
    const browser = linasBrowser();
    const answered = await browser.follow(
      await browser.post(url.pathname, Object.fromEntries(url.searchParams)),
    );
    expect(answered.left?.searchParams.get('code')).toBeTruthy();
  });

  it('of an application on a device is asked about, and may come back on any port of loopback', async () => {
    const app = await aRelyingParty({
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1/cb'],
    });
    const asked = await app.authorizationUrl({ redirect_uri: 'http://127.0.0.1:51234/cb' });
    const browser = linasBrowser();
    const { response } = await browser.open(asked.url);
    const page = await response.text();
    expect(page).toContain('Emploi du temps');
    const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const { left } = await browser.follow(await browser.post(response.url, { csrf, continue: 'yes' }));
    expect(left?.port).toBe('51234');
    expect((await app.exchange(left ?? asked.url, asked)).access_token).toBeTruthy();
  });
});

describe('a stronger acr', () => {
  it.each([5, {}, 'urn:preau:acr:two', [null, 5]])(
    'may be asked for with values of any kind: %j',
    async (values) => {
      const browser = linasBrowser();
      await timetable.signIn(browser);
      const claims = JSON.stringify({ id_token: { acr: { essential: true, values } } });
      const { left } = await browser.open((await timetable.authorizationUrl({ claims, prompt: 'none' })).url);
      const isWish = typeof values === 'string';
      expect(left?.searchParams.get('error')).toBe(isWish ? 'unmet_authentication_requirements' : null);
    },
  );

  const essential = (value: string) => ({
    claims: JSON.stringify({ id_token: { acr: { essential: true, value } } }),
  });

  it('is asked for where the relying party insists, and a stronger one does', async () => {
    const browser = linasBrowser('one');
    await timetable.signIn(browser);
    browser.person = '';
    const { response } = await browser.open((await timetable.authorizationUrl(essential(ACRS[2]))).url);
    expect(await response.json()).toMatchObject({ prompt: { name: 'step_up' } });
    browser.person = `${lina.id} two`;
    expect((await timetable.signIn(browser, essential(ACRS[2]))).claims()?.acr).toBe(ACRS[2]);
    expect((await timetable.signIn(browser, essential(ACRS[1]))).claims()?.acr).toBe(ACRS[2]);
  });

  it('is insisted on also where acr_values come with it, which alone are a wish', async () => {
    const browser = linasBrowser('one');
    await timetable.signIn(browser);
    const both = { ...essential(ACRS[2]), acr_values: ACRS[2] };
    const pushed = async (parameters: Record<string, string>) => {
      const { url } = await timetable.authorizationUrl(parameters);
      return oidc.buildAuthorizationUrlWithPAR(timetable.config, Object.fromEntries(url.searchParams));
    };
    const plain = async (parameters: Record<string, string>) =>
      (await timetable.authorizationUrl(parameters)).url;
    for (const urlOf of [plain, pushed]) {
      const { left } = await browser.open(await urlOf({ ...both, prompt: 'none' }));
      expect(errorOf(left)).toBe('unmet_authentication_requirements');
      browser.person = '';
      const { response } = await browser.open(await urlOf(both));
      expect(await response.json()).toMatchObject({ prompt: { name: 'step_up' } });
    }
    const wish = await browser.open((await timetable.authorizationUrl({ acr_values: ACRS[2] })).url);
    expect(wish.left?.searchParams.has('code')).toBe(true);
    browser.person = `${lina.id} two`;
    expect((await timetable.signIn(browser, both)).claims()?.acr).toBe(ACRS[2]);
  });

  it('that cannot be reached ends with its own error, silently asked or not', async () => {
    const browser = linasBrowser('two');
    for (const wish of [{ prompt: 'none' }, {}]) {
      await timetable.signIn(browser);
      const { left } = await browser.open(
        (await timetable.authorizationUrl({ ...essential(ACRS[3]), ...wish })).url,
      );
      expect(errorOf(left)).toBe('unmet_authentication_requirements');
    }
  });

  it('that was given and left lying makes the session no stronger', async () => {
    const browser = linasBrowser('one');
    const held = (await timetable.signIn(browser)).claims();
    browser.person = `${lina.id} two`;
    const { url } = await timetable.authorizationUrl(essential(ACRS[2]));
    const page = (await browser.get(url)).headers.get('location') ?? '';
    const resume = (await browser.get(page)).headers.get('location') ?? '';
    await secondsFromNow(310, async () => {
      expect((await browser.get(resume)).status).toBe(400);
      const asked = await timetable.authorizationUrl({ ...essential(ACRS[2]), prompt: 'none' });
      expect(errorOf((await browser.open(asked.url)).left)).toBe('unmet_authentication_requirements');
    });
    const now = (await timetable.signIn(browser, { prompt: 'none' })).claims();
    expect([now?.acr, now?.sub]).toEqual([ACRS[1], held?.sub]);
  });

  it('counts for a day', async () => {
    const browser = linasBrowser('two');
    const guardian = await aPerson(test, { profile: 'guardian' });
    browser.person = `${guardian.id} two`;
    expect((await timetable.signIn(browser)).claims()?.acr).toBe(ACRS[2]);
    test.shift(86_401);
    try {
      expect((await timetable.signIn(browser)).claims()?.acr).toBe(ACRS[1]);
    } finally {
      test.shift(-86_401);
    }
  });
});

describe('tokens', () => {
  it('a code works once, and its second use ends what the first one got', async () => {
    const asked = await timetable.authorizationUrl();
    const { left } = await linasBrowser().open(asked.url);
    const tokens = await timetable.exchange(left ?? asked.url, asked);
    await expect(timetable.exchange(left ?? asked.url, asked)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(timetable.userinfo(tokens)).rejects.toThrow();
    await expect(timetable.refresh(tokens)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('a refresh token rotates, and showing a spent one ends its family', async () => {
    const first = await timetable.signIn(linasBrowser());
    const second = await timetable.refresh(first);
    const third = await timetable.refresh(second);
    expect(third.claims()?.sub).toBe(first.claims()?.sub);
    await expect(timetable.refresh(second)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(timetable.refresh(third)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(timetable.userinfo(third)).rejects.toThrow();
  });

  it('offline_access is asked with prompt=consent, without a screen, and outlives the session', async () => {
    const browser = linasBrowser();
    const wish = { scope: 'openid offline_access', prompt: 'consent' };
    const [offline, bound] = [
      await timetable.signIn(browser, wish),
      await (await aRelyingParty()).signIn(browser),
    ];
    expect(offline.scope).toContain('offline_access');
    await endSessionOf(browser, offline.id_token ?? '');
    expect((await timetable.refresh(offline)).access_token).toBeTruthy();
    await expect(timetable.refresh({ refresh_token: bound.refresh_token ?? '' })).rejects.toThrow();
  });

  it('ends with the session otherwise', async () => {
    const browser = linasBrowser();
    const tokens = await timetable.signIn(browser);
    await endSessionOf(browser, tokens.id_token ?? '');
    await expect(timetable.refresh(tokens)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(timetable.userinfo(tokens)).rejects.toThrow();
  });

  it('can be revoked by their client, and the next sign-in works', async () => {
    const browser = linasBrowser();
    const tokens = await timetable.signIn(browser);
    const asked = await timetable.authorizationUrl();
    const { left } = await browser.open(asked.url);
    await oidc.tokenRevocation(timetable.config, tokens.refresh_token ?? '');
    await expect(timetable.refresh(tokens)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(timetable.userinfo(tokens)).rejects.toThrow();
    for (const token of [tokens.access_token, tokens.refresh_token ?? ''])
      expect(await oidc.tokenIntrospection(timetable.config, token)).toEqual({ active: false });
    // A code on its way belongs to the same grant.
    await expect(timetable.exchange(left ?? asked.url, asked)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    browser.person = '';
    const again = await timetable.signIn(browser);
    expect((await timetable.refresh(again)).access_token).toBeTruthy();
  });

  it('are introspected by their own client alone', async () => {
    const other = await aRelyingParty();
    const tokens = await timetable.signIn(linasBrowser());
    for (const token of [tokens.access_token, tokens.refresh_token ?? '']) {
      const own = await oidc.tokenIntrospection(timetable.config, token);
      expect(own).toMatchObject({ active: true, sub: tokens.claims()?.sub });
      expect(await oidc.tokenIntrospection(other.config, token)).toEqual({ active: false });
    }
  });

  it.each(['RS256', 'ES256', 'EdDSA', 'PS256'])('are signed by %s where it is registered', async (alg) => {
    const rp = await aRelyingParty({ id_token_signed_response_alg: alg, claims_in_id_token: true });
    const tokens = await rp.signIn(linasBrowser());
    const [header = ''] = (tokens.id_token ?? '').split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ alg });
    expect(tokens.claims()).toMatchObject({ given_name: 'Lina', profiles: ['pupil'] });
  });

  it('are refused to a wrong secret, to its stored HMAC and to none', async () => {
    const { client } = timetable;
    const { rows } = await test.stores.pool.query(`select encode(digest, 'hex') as hmac from client_secrets
      where client_id = '${client.client_id}'`);
    for (const secret of ['wrong', 'hmac', rows[0].hmac, '']) {
      const response = await fetch(`${test.issuer}/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${client.client_id}:${secret}`).toString('base64')}`,
        },
        body: new URLSearchParams({ grant_type: 'authorization_code', code: 'x', redirect_uri: 'x' }),
      });
      expect([400, 401]).toContain(response.status);
      expect(await response.json()).toMatchObject({
        error: expect.stringMatching(/invalid_(client|request)/),
      });
    }
  });
});

async function endSessionOf(browser: ReturnType<typeof linasBrowser>, hint: string): Promise<void> {
  const response = await browser.get(`/session/end?id_token_hint=${hint}`);
  expect(response.status).toBe(303);
}

describe('discovery', () => {
  it('says what is so', async () => {
    const response = await fetch(`${test.issuer}/.well-known/openid-configuration`);
    const found = await response.json();
    found.id_token_signing_alg_values_supported.sort();
    expect(found).toMatchObject({
      issuer: test.issuer,
      authorization_endpoint: `${test.issuer}/authorize`,
      acr_values_supported: [...ACRS],
      authorization_response_iss_parameter_supported: true,
      claims_parameter_supported: true,
      code_challenge_methods_supported: ['S256'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      id_token_signing_alg_values_supported: ['ES256', 'EdDSA', 'PS256', 'RS256'],
      pushed_authorization_request_endpoint: `${test.issuer}/par`,
      request_uri_parameter_supported: false,
      response_types_supported: ['code'],
      scopes_supported: ['openid', 'profile', 'email', 'school', 'offline_access'],
      subject_types_supported: ['pairwise'],
      token_endpoint_auth_methods_supported: [
        'client_secret_basic',
        'client_secret_post',
        'none',
        'private_key_jwt',
      ],
    });
  });

  it('is of the issuer, whatever the Host header says, and its keys hold no private part', async () => {
    const { port } = new URL(test.issuer);
    const response = await fetch(`http://127.0.0.1:${port}/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({ jwks_uri: `${test.issuer}/jwks` });
    const { keys } = await (await fetch(`${test.issuer}/jwks`)).json();
    expect(keys.map(({ alg }: { alg: string }) => alg).sort()).toEqual(['ES256', 'EdDSA', 'PS256', 'RS256']);
    for (const key of keys) expect(key).not.toHaveProperty('d');
  });
});
