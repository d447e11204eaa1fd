import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, SignJWT } from 'jose';
import type { Browser } from './browser.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson, type Person } from './people.ts';
import { type Asked, RelyingParty } from './relying-party.ts';

let test: TestDoor;
let lina: Person;
let rp: RelyingParty;
let other: RelyingParty;
let browser: Browser;

beforeAll(async () => {
  test = await openTestDoor();
  lina = await aPerson(test);
  rp = await RelyingParty.at(test.issuer, await test.register());
  other = await RelyingParty.at(test.issuer, await test.register());
  browser = linasBrowser();
  await rp.signIn(browser);
}, 60_000);
afterAll(() => test.stop());

function linasBrowser(): Browser {
  const one = test.browser();
  one.person = `${lina.id} one`;
  return one;
}

async function aCode(parameters: Record<string, string> = {}): Promise<{ left: URL; asked: Asked }> {
  const asked = await rp.authorizationUrl(parameters);
  const { left } = await browser.open(asked.url);
  if (!left) throw new Error('no code');
  return { left, asked };
}

const basicOf = ({ client }: RelyingParty) =>
  `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')}`;

async function post(path: string, form: Record<string, string>, by: RelyingParty | undefined) {
  const headers: Record<string, string> = by ? { authorization: basicOf(by) } : {};
  const response = await fetch(test.issuer + path, {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

const codeForm = ({ left, asked }: { left: URL; asked: Asked }, changes: Record<string, string> = {}) => ({
  grant_type: 'authorization_code',
  code: left.searchParams.get('code') ?? '',
  redirect_uri: rp.client.redirect_uris[0] ?? '',
  code_verifier: asked.verifier,
  ...changes,
});

describe('a code', () => {
  it('of another client is refused, and ends nothing of the one whose it is', async () => {
    const code = await aCode();
    expect((await post('/token', codeForm(code), other)).body.error).toBe('invalid_grant');
    expect((await post('/token', codeForm(code), rp)).status).toBe(200);
  });

  it('that another process took is refused where it was made, and ends what came of it', async () => {
    const door = await openTestDoor({ stores: test.stores });
    const code = await aCode();
    const headers = { authorization: basicOf(rp) };
    const body = new URLSearchParams(codeForm(code));
    const taken = await (await fetch(`${door.issuer}/token`, { method: 'POST', headers, body })).json();
    const userinfo = async () => {
      const bearer = { authorization: `Bearer ${taken.access_token}` };
      return (await fetch(`${door.issuer}/userinfo`, { headers: bearer })).status;
    };
    expect(await userinfo()).toBe(200);
    expect((await post('/token', codeForm(code), rp)).body.error).toBe('invalid_grant');
    expect(await userinfo()).toBe(401);
    await door.stop();
  });

  it('that Redis no longer has is refused where it was made', async () => {
    const code = await aCode();
    const keys = await test.stores.redis.keys('oidc:AuthorizationCode:*');
    await test.stores.redis.del(...keys);
    expect((await post('/token', codeForm(code), rp)).body.error).toBe('invalid_grant');
  });

  it.each([
    ['another verifier', { code_verifier: 'x'.repeat(43) }, 'invalid_grant'],
    ['the challenge as verifier', { code_verifier: 'challenge' }, 'invalid_'],
    ['an empty verifier', { code_verifier: '' }, 'invalid_grant'],
    ['another redirect', { redirect_uri: 'http://localhost:3001/other' }, 'invalid_grant'],
    ['a made-up code', { code: 'x'.repeat(43) }, 'invalid_grant'],
  ])('with %s is refused', async (_, changes, error) => {
    expect((await post('/token', codeForm(await aCode(), changes), rp)).body.error).toContain(error);
  });

  it('without authentication is refused to a confidential client', async () => {
    const form = { ...codeForm(await aCode()), client_id: rp.client.client_id };
    expect((await post('/token', form, undefined)).status).toBe(401);
  });

  it('twice is refused, and what it had brought is dead', async () => {
    const code = await aCode();
    const { body: tokens } = await post('/token', codeForm(code), rp);
    expect((await post('/token', codeForm(code), rp)).body.error).toBe('invalid_grant');
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' };
    expect((await post('/token', refresh, rp)).body.error).toBe('invalid_grant');
    await rp.signIn(browser);
  });

  it('too late is refused', async () => {
    const short = await openTestDoor({ lifetimes: { authorizationCodeSeconds: 1 } });
    const party = await RelyingParty.at(short.issuer, await short.register());
    const visitor = short.browser();
    visitor.person = `${(await aPerson(short)).id} one`;
    const asked = await party.authorizationUrl();
    const { left } = await visitor.open(asked.url);
    // The engine's own tolerance is ten seconds; the record in Redis has none.
    await new Promise((resolve) => setTimeout(resolve, 1300));
    await expect(party.exchange(left ?? asked.url, asked)).rejects.toMatchObject({ error: 'invalid_grant' });
    await short.stop();
  }, 30_000);
});

describe('a refresh token', () => {
  it('of another client is refused, and goes on working for its own', async () => {
    const tokens = await rp.signIn(browser);
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' };
    expect((await post('/token', form, other)).body.error).toBe('invalid_grant');
    expect((await post('/token', form, rp)).status).toBe(200);
  });

  it('is no access token, and an access token none of the others', async () => {
    const tokens = await rp.signIn(browser);
    const headers = { authorization: `Bearer ${tokens.refresh_token}` };
    expect((await fetch(`${test.issuer}/userinfo`, { headers })).status).toBe(401);
    const form = { grant_type: 'refresh_token', refresh_token: tokens.access_token };
    expect((await post('/token', form, rp)).body.error).toBe('invalid_grant');
    const code = {
      grant_type: 'authorization_code',
      code: tokens.access_token,
      redirect_uri: 'x',
      code_verifier: 'y',
    };
    expect((await post('/token', code, rp)).status).toBe(400);
  });

  it('gives no scope that was not given before', async () => {
    const asked = await rp.authorizationUrl({ scope: 'openid profile' });
    const { left } = await browser.open(asked.url);
    const tokens = await rp.exchange(left ?? asked.url, asked);
    const form = {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token ?? '',
      scope: 'openid school',
    };
    expect((await post('/token', form, rp)).body.error).toBe('invalid_scope');
  });
});

describe('a pushed request', () => {
  const push = async (by: RelyingParty, parameters: Record<string, string> = {}) => {
    const asked = await rp.authorizationUrl(parameters);
    const form = Object.fromEntries(asked.url.searchParams);
    return { asked, ...(await post('/par', form, by)) };
  };
  const authorize = (client: RelyingParty, request_uri: string) =>
    browser.open(`/authorize?${new URLSearchParams({ client_id: client.client.client_id, request_uri })}`);

  it('is offered to every client, and works once', async () => {
    const { asked, status, body } = await push(rp);
    expect(status).toBe(201);
    const { left } = await authorize(rp, body.request_uri ?? '');
    expect((await rp.exchange(left ?? asked.url, asked)).access_token).toBeTruthy();
    const again = await authorize(rp, body.request_uri ?? '');
    expect(again.left?.searchParams.get('code') ?? null).toBeNull();
  });

  it('of another client is refused, at both ends', async () => {
    const { body } = await push(rp);
    const { left, response } = await authorize(other, body.request_uri ?? '');
    expect([left?.searchParams.get('code') ?? null, left ? 0 : response.status]).toEqual([
      null,
      left ? 0 : 400,
    ]);
    expect((await push(other)).status).toBeGreaterThanOrEqual(400);
  });

  it('that is made up is refused', async () => {
    const { left, response } = await authorize(rp, 'urn:ietf:params:oauth:request_uri:made-up');
    expect([left?.searchParams.get('code') ?? null, response.status]).toEqual([null, 400]);
  });

  it('20 at once brings one code', async () => {
    const { body } = await push(rp);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => authorize(rp, body.request_uri ?? '')),
    );
    expect(answers.filter(({ left }) => left?.searchParams.get('code'))).toHaveLength(1);
  });

  it('is the only way for a client registered so', async () => {
    const strict = await test.register({ require_pushed_authorization_requests: true });
    const party = await RelyingParty.at(test.issuer, strict);
    const { left, response } = await browser.open((await party.authorizationUrl()).url);
    expect([
      left?.searchParams.get('code') ?? null,
      left?.searchParams.get('error') ?? response.status,
    ]).toEqual([null, 'invalid_request']);
  });
});

describe('a client assertion', () => {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let clientId: string;

  beforeAll(async () => {
    const jwk = { ...(await exportJWK(own.publicKey)), alg: 'ES256', use: 'sig' };
    const metadata = { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } };
    clientId = (await test.register(metadata)).client_id;
  });

  interface Changes {
    key?: KeyObject;
    issuer?: string;
    subject?: string;
    audience?: string;
    expires?: number;
    jti?: string;
  }
  const NOW = Math.floor(Date.now() / 1000);
  const sign = (changes: Changes = {}) =>
    new SignJWT(changes.jti === '' ? {} : { jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(changes.issuer ?? clientId)
      .setSubject(changes.subject ?? clientId)
      .setAudience(changes.audience ?? test.issuer)
      .setIssuedAt()
      .setExpirationTime(changes.expires ?? NOW + 120)
      .sign(changes.key ?? own.privateKey);

  const push = (client_assertion: string, changes: Record<string, string> = {}) =>
    post(
      '/par',
      {
        client_id: clientId,
        client_assertion,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        response_type: 'code',
        redirect_uri: 'http://localhost:3001/callback',
        scope: 'openid',
        code_challenge: 'a'.repeat(43),
        code_challenge_method: 'S256',
        ...changes,
      },
      undefined,
    );

  it('of its own is taken once', async () => {
    const assertion = await sign();
    expect((await push(assertion)).status).toBe(201);
    expect((await push(assertion)).status).toBe(401);
  });

  it.each<[string, Changes]>([
    ['under another key', { key: foreign.privateKey }],
    ['of another issuer', { issuer: 'somebody' }],
    ['about another subject', { subject: 'somebody' }],
    ['for another audience', { audience: 'https://elsewhere.example' }],
    ['too late', { expires: NOW - 60 }],
    ['without jti', { jti: '' }],
  ])('%s is refused', async (_, changes) => {
    expect((await push(await sign(changes))).status).toBeGreaterThanOrEqual(400);
  });

  it('is refused beside a secret, unsigned, and for another client', async () => {
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await sign()).split('.')[1]}.`;
    expect((await push(unsigned)).status).toBe(401);
    expect((await push(await sign(), { client_secret: 'x' })).status).toBeGreaterThanOrEqual(400);
    expect((await push(await sign(), { client_id: rp.client.client_id })).status).toBeGreaterThanOrEqual(400);
  });
});

describe('an interaction', () => {
  it('belongs to its browser: its address opens nothing in another one', async () => {
    const first = test.browser();
    const response = await first.get((await rp.authorizationUrl()).url);
    const address = response.headers.get('location') ?? '';
    expect(address).toContain('/interaction/');
    const thief = linasBrowser();
    expect((await thief.get(address)).status).toBe(400);
    const resumed = await thief.get(address.replace('/interaction/', '/authorize/'));
    expect(resumed.status).toBeGreaterThanOrEqual(400);
  });
});

describe('a sign-out that somebody else’s page asks for', () => {
  it('as an image or a form of another site ends nothing', async () => {
    const visitor = linasBrowser();
    await rp.signIn(visitor);
    await visitor.get('/session/end', {
      accept: 'image/*',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-dest': 'image',
    });
    await visitor.follow(await visitor.post('/session/end', { client_id: rp.client.client_id }));
    await visitor.post('/session/end/confirm', { logout: 'yes' });
    await visitor.post('/session/end/confirm', { logout: 'yes', xsrf: 'guessed' });
    const { left } = await visitor.open((await rp.authorizationUrl({ prompt: 'none' })).url);
    expect(left?.searchParams.get('code')).toBeTruthy();
  });
});

describe('what a relying party may ask besides', () => {
  it('max_age=0 and prompt=login ask again; id_token_hint of somebody else is login_required', async () => {
    const visitor = linasBrowser();
    const { id_token: hint = '' } = await rp.signIn(visitor);
    for (const parameters of [
      { max_age: '0', prompt: 'none' },
      { prompt: 'none', max_age: '-1' },
    ]) {
      const { left } = await visitor.open((await rp.authorizationUrl(parameters)).url);
      expect(left?.searchParams.get('code') ?? null).toBeNull();
    }
    const hugo = test.browser();
    hugo.person = `${(await aPerson(test, { givenName: 'Hugo' })).id} one`;
    await rp.signIn(hugo);
    const asked = await rp.authorizationUrl({ prompt: 'none', id_token_hint: hint });
    expect((await hugo.open(asked.url)).left?.searchParams.get('error')).toBe('login_required');
    expect((await visitor.open(asked.url)).left?.searchParams.get('code')).toBeTruthy();
  });

  it('claims that are no claims are refused, and unknown ones are left out', async () => {
    for (const claims of ['garbage', '[]', '{"id_token":[]}']) {
      const { left } = await browser.open((await rp.authorizationUrl({ claims })).url);
      expect(left?.searchParams.get('error')).toBe('invalid_request');
    }
    const claims = JSON.stringify({ userinfo: { birthdate: { essential: true }, name: null } });
    const tokens = await rp.signIn(browser, { scope: 'openid', claims });
    expect(Object.keys(await rp.userinfo(tokens)).sort()).toEqual(['name', 'sub']);
  });
});
