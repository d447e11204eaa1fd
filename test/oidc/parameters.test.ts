import { createHmac, generateKeyPairSync } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, SignJWT } from 'jose';
import type { Browser } from './browser.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson } from './people.ts';
import { RelyingParty, type Tokens } from './relying-party.ts';

let test: TestDoor;
let rp: RelyingParty;
let browser: Browser;
let tokens: Tokens;

beforeAll(async () => {
  test = await openTestDoor();
  const lina = await aPerson(test);
  browser = test.browser();
  browser.person = `${lina.id} one`;
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig', kid: 'theirs' }] };
  rp = await RelyingParty.at(
    test.issuer,
    await test.register({ jwks, introspection_signed_response_alg: 'ES256' }),
  );
  tokens = await rp.signIn(browser);
}, 60_000);
afterAll(() => test.stop());

const basic = () =>
  `Basic ${Buffer.from(`${rp.client.client_id}:${rp.client.client_secret}`).toString('base64')}`;

function post(path: string, form: string | Record<string, string>, accept = '*/*'): Promise<Response> {
  const headers = { authorization: basic(), accept };
  return fetch(test.issuer + path, { method: 'POST', headers, body: new URLSearchParams(form) });
}

async function errorOf(answer: Response | Promise<Response>): Promise<string> {
  return ((await (await answer).json()) as { error: string }).error;
}

/** Where an authorization with these parameters ends: the error the relying party hears, or the page's status. */
async function authorizationError(parameters: Record<string, string>): Promise<string | number> {
  const { left, response } = await browser.open((await rp.authorizationUrl(parameters)).url);
  const fragment = new URLSearchParams(left?.hash.slice(1));
  return left?.searchParams.get('error') ?? fragment.get('error') ?? response.status;
}

describe('a parameter given twice (RFC 6749 §3.1)', () => {
  it.each([
    'scope',
    'state',
    'nonce',
    'code_challenge',
    'response_type',
    'prompt',
    'claims',
    'max_age',
    'dpop_jkt',
  ])('%s: the authorization is refused', async (name) => {
    const { url } = await rp.authorizationUrl();
    if (!url.searchParams.has(name)) url.searchParams.append(name, '1');
    url.searchParams.append(name, url.searchParams.get(name) ?? '');
    const { left } = await browser.open(url);
    expect(left?.searchParams.get('error')).toBe('invalid_request');
  });

  it.each(['client_id', 'redirect_uri'])(
    '%s: refused on a page of ours, nobody is sent anywhere',
    async (name) => {
      const { url } = await rp.authorizationUrl();
      url.searchParams.append(name, 'https://evil.example/');
      const { left, response } = await browser.open(url);
      expect([left, response.status]).toEqual([undefined, 400]);
    },
  );

  it('at the other endpoints: refused', async () => {
    const twice = 'token=a&token=a';
    for (const path of ['/introspect', '/revoke'])
      expect(await errorOf(post(path, twice))).toBe('invalid_request');
    const grant = 'grant_type=refresh_token&refresh_token=a&refresh_token=b';
    expect(await errorOf(post('/token', grant))).toBe('invalid_request');
    expect(await errorOf(post('/par', 'response_type=code&response_type=code'))).toBe('invalid_request');
  });
});

describe('a request object', () => {
  const claims = () => ({ client_id: rp.client.client_id, scope: 'openid', iss: rp.client.client_id });

  it('is not taken, however it is signed', async () => {
    const head = Buffer.from('{"alg":"none"}').toString('base64url');
    const body = Buffer.from(JSON.stringify(claims())).toString('base64url');
    const hs = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${body}`;
    // The public key of everybody's JWKS as the secret of an HMAC (RFC 8725 §2.1).
    const jwks = await (await fetch(`${test.issuer}/jwks`)).text();
    const mac = createHmac('sha256', jwks).update(hs).digest('base64url');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const foreign = new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', kid: 'theirs' });
    for (const request of [`${head}.${body}.`, `${hs}.${mac}`, await foreign.sign(privateKey), 'garbage'])
      expect(await authorizationError({ request })).toBe('request_not_supported');
  });

  it('is fetched from nowhere', async () => {
    const request_uri = 'https://timetable.example/request.jwt';
    expect(await authorizationError({ request_uri })).toBe('request_uri_not_supported');
    expect(await errorOf(post('/par', { request_uri, response_type: 'code' }))).toBe(
      'request_uri_not_supported',
    );
  });

  it('is not among what discovery names', async () => {
    const found = await (await fetch(`${test.issuer}/.well-known/openid-configuration`)).json();
    // Where it says nothing of `request`, it is not supported (OpenID Connect Discovery §3).
    expect(found.request_parameter_supported ?? false).toBe(false);
    expect(found.request_uri_parameter_supported).toBe(false);
  });
});

describe('what is not spoken', () => {
  it.each(['token', 'id_token', 'code id_token', 'code token', 'none', 'code  code'])(
    'response_type=%s',
    async (response_type) => {
      expect(await authorizationError({ response_type })).toMatch(
        /^(unsupported_response_type|invalid_request)$/,
      );
    },
  );

  it.each(['password', 'client_credentials', 'implicit', 'urn:ietf:params:oauth:grant-type:device_code'])(
    'grant_type=%s',
    async (grant_type) => {
      const error = await errorOf(post('/token', { grant_type, username: 'a', password: 'b' }));
      expect(error).toBe('unsupported_grant_type');
    },
  );

  it.each(['web_message', 'jwt', 'fragment.jwt'])('response_mode=%s', async (response_mode) => {
    expect(await authorizationError({ response_mode })).toBe('unsupported_response_mode');
  });
});

describe('introspection', () => {
  it('answers with a signed token where the client is registered for it and asks (RFC 9701)', async () => {
    const answer = await post(
      '/introspect',
      { token: tokens.access_token },
      'application/token-introspection+jwt',
    );
    expect(answer.headers.get('content-type')).toContain('application/token-introspection+jwt');
    const [header = '', payload = ''] = (await answer.text()).split('.');
    const open = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
    expect(open(header)).toMatchObject({ alg: 'ES256', typ: 'token-introspection+jwt' });
    expect(open(payload)).toMatchObject({
      iss: test.issuer,
      aud: rp.client.client_id,
      token_introspection: { active: true, client_id: rp.client.client_id },
    });
  });

  it('says of another client’s token, in either form, only that it is not alive', async () => {
    const other = await RelyingParty.at(test.issuer, await test.register());
    const theirs = await other.signIn(browser);
    for (const token of [theirs.access_token, theirs.refresh_token ?? '', 'made-up'])
      expect(await (await post('/introspect', { token })).json()).toEqual({ active: false });
    expect((await other.userinfo(theirs)).sub).toBeTruthy();
  });

  it('tells a client without authentication nothing', async () => {
    const { client_id } = await test.register({ token_endpoint_auth_method: 'none' });
    const body = new URLSearchParams({ client_id, token: tokens.access_token });
    const answer = await fetch(`${test.issuer}/introspect`, { method: 'POST', body });
    expect(await answer.text()).not.toContain('"active":true');
  });
});

describe('revocation', () => {
  it('of another client’s token ends nothing', async () => {
    const other = await RelyingParty.at(test.issuer, await test.register());
    const theirs = await other.signIn(browser);
    for (const token of [theirs.access_token, theirs.refresh_token ?? '']) await post('/revoke', { token });
    expect((await other.userinfo(theirs)).sub).toBeTruthy();
    expect((await other.refresh(theirs)).access_token).toBeTruthy();
  });

  it('of an own one ends it, and asking twice is no error', async () => {
    const own = await rp.signIn(browser);
    for (let time = 0; time < 2; time += 1)
      expect((await post('/revoke', { token: own.access_token })).status).toBe(200);
    await expect(rp.userinfo(own)).rejects.toMatchObject({ status: 401 });
  });
});

/** With a Host of its own, which fetch does not send. */
function pageFor(path: string, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(test.issuer, { path, headers }, async (answer) => {
      let page = '';
      for await (const chunk of answer) page += chunk;
      resolve(page);
    });
    asked.on('error', reject).end();
  });
}

describe('the host that a request claims', () => {
  it.each(['/.well-known/openid-configuration', '/session/end'])('is in no address of %s', async (path) => {
    const claimed = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'gopher',
    };
    const names = ['preau_session', 'preau_session.sig'];
    const cookie = names.map((name) => `${name}=${browser.cookie(name)}`).join('; ');
    const page = await pageFor(path, { ...claimed, cookie });
    expect(page).toContain(test.issuer);
    expect(page).not.toMatch(/evil|gopher/);
  });

  it('is in no address of a page, where it stands in the very target', async () => {
    const names = ['preau_session', 'preau_session.sig'];
    const cookie = names.map((name) => `${name}=${browser.cookie(name)}`).join('; ');
    expect(await pageFor('http://evil.example/session/end', { cookie })).not.toContain('evil');
  });
});
