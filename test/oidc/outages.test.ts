import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { PrivateRedis } from '../storage/oidc/private-redis.ts';
import { asSuperuser, socketOfPostgres } from '../support/stores.ts';
import type { Browser } from './browser.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson, type Person } from './people.ts';
import { aProof, aProofKey } from './proofs.ts';
import { RelyingParty, type Tokens } from './relying-party.ts';

const redis = new PrivateRedis();
let test: TestDoor;
let lina: Person;
let timetable: RelyingParty;

beforeAll(async () => {
  await redis.start();
  test = await openTestDoor({ redis: redis.client, silenceMilliseconds: 1000 });
  lina = await aPerson(test);
  timetable = await RelyingParty.at(test.issuer, await test.register());
}, 60_000);
afterAll(async () => {
  await test.stop();
  await redis.stop();
});

function linasBrowser() {
  const browser = test.browser();
  browser.person = `${lina.id} one`;
  return browser;
}

async function post(
  path: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { client_id, client_secret } = timetable.client;
  const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
  return fetch(`${test.issuer}${path}`, {
    method: 'POST',
    headers: { authorization, ...headers },
    body: new URLSearchParams(form),
  });
}

const refresh = (tokens: Tokens) =>
  post('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' });
const userinfo = (tokens: Tokens) =>
  fetch(`${test.issuer}/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } });

async function aCode(
  browser: Browser,
  parameters: Record<string, string> = {},
): Promise<Record<string, string>> {
  const asked = await timetable.authorizationUrl(parameters);
  if (parameters.scope) asked.url.searchParams.delete('nonce');
  const { left } = await browser.open(asked.url);
  return {
    ...{ grant_type: 'authorization_code', code: left?.searchParams.get('code') ?? '' },
    ...{ redirect_uri: timetable.client.redirect_uris[0] ?? '', code_verifier: asked.verifier },
  };
}

async function tokensHeld(): Promise<number> {
  return (await redis.client.keys('oidc:*Token:*')).length;
}

async function expectUnavailable(response: Response): Promise<void> {
  expect(response.status).toBe(503);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  for (const name of ['location', 'www-authenticate', 'set-cookie'])
    expect(response.headers.get(name)).toBeNull();
  const isPage = response.headers.get('content-type')?.startsWith('text/html');
  const body = await response.text();
  if (isPage) expect(body).toContain('Préau fait une petite pause');
  else expect(JSON.parse(body)).toMatchObject({ error: 'temporarily_unavailable' });
}

/** Everything that needs what is down, each within two seconds and a lock's patience. */
async function expectAllUnavailable(): Promise<void> {
  const browser = linasBrowser();
  const tokens = await timetable.signIn(browser);
  const { url } = await timetable.authorizationUrl();
  const code = await aCode(browser);
  await down();
  try {
    const held = whatIsDown === 'ledger' ? await tokensHeld() : undefined;
    await expectUnavailable(await post('/token', code));
    if (held !== undefined) expect(await tokensHeld()).toBe(held);
    await expectUnavailable(await refresh(tokens));
    await expectUnavailable(await userinfo(tokens));
    await expectUnavailable(await post('/introspect', { token: tokens.access_token }));
    if (whatIsDown !== 'ledger') await expectUnavailable(await browser.get(url));
    for (const path of ['/.well-known/openid-configuration', '/jwks']) {
      expect((await fetch(`${test.issuer}${path}`)).status).toBe(200);
    }
  } finally {
    await up();
  }
  // Nothing was spent, nobody was signed out; codes alone are gone where Redis forgot what was used.
  if (whatIsDown !== 'redis') expect((await post('/token', code)).status).toBe(200);
  const again = await refresh(tokens);
  expect(again.status).toBe(200);
  expect((await userinfo((await again.json()) as Tokens)).status).toBe(200);
  browser.person = '';
  expect((await timetable.signIn(browser)).access_token).toBeTruthy();
}

async function letPostgresIn(isUp: boolean): Promise<void> {
  const { database } = test.stores.connectionOf('postgres');
  await asSuperuser(`alter database ${database} with allow_connections ${isUp}`);
  if (isUp) return;
  await asSuperuser(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`);
}

let whatIsDown = '';
let down = async () => {};
let up = async () => {};

/** Of all that is asked of Redis meanwhile, what comes after other writes of the same request. */
async function without<T>(commands: string, act: () => Promise<T>): Promise<T> {
  const signed = (sign: string) => commands.split(' ').map((command) => sign + command);
  await redis.client.call('ACL', 'SETUSER', 'default', ...signed('-'));
  try {
    return await act();
  } finally {
    await redis.client.call('ACL', 'SETUSER', 'default', ...signed('+'));
  }
}

describe('half of the writes of an answer of 503 use up', () => {
  // Nor can be taken back there what was done there.
  it.each([
    ['openid profile', 'hset'],
    ['profile', 'hset'],
    ['openid profile', 'hset hdel unlink'],
  ])('no refresh token, asked with the scope %s, without %s', async (scope, commands) => {
    const tokens = await timetable.signIn(linasBrowser());
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '', scope };
    await without(commands, async () => {
      await expectUnavailable(await post('/token', form));
      await expectUnavailable(await post('/token', form));
    });
    const renewed = (await (await post('/token', form)).json()) as Tokens;
    expect((await refresh(renewed)).status).toBe(200);
    // It was used once by now, and that is what it is good for.
    expect((await post('/token', form)).status).toBe(400);
    expect((await refresh(renewed)).status).toBe(400);
  });

  it('no code that is shown with a proof of possession', async () => {
    const key = await aProofKey();
    const code = await aCode(linasBrowser());
    const withProof = async () => post('/token', code, { dpop: await aProof(key, `${test.issuer}/token`) });
    await without('set', async () => expectUnavailable(await withProof()));
    expect((await withProof()).status).toBe(200);
  });

  it('no proof of possession, and so no assertion of a client', async () => {
    const code = await aCode(linasBrowser());
    const dpop = await aProof(await aProofKey(), `${test.issuer}/token`);
    await without('hset', async () => expectUnavailable(await post('/token', code, { dpop })));
    const tokens = await post('/token', code, { dpop });
    expect([tokens.status, await tokens.json()]).toMatchObject([200, { token_type: 'DPoP' }]);
    const other = await aCode(linasBrowser());
    expect((await post('/token', other, { dpop })).status).toBe(400);
  });

  it('no code that brings no ID token', async () => {
    const code = await aCode(linasBrowser(), { scope: 'profile' });
    await without('hset', async () => expectUnavailable(await post('/token', code)));
    expect((await post('/token', code)).status).toBe(200);
    expect((await post('/token', code)).status).toBe(400);
  });

  it('no pushed request', async () => {
    const browser = linasBrowser();
    await timetable.signIn(browser);
    const pushed = await push();
    await without('hset', async () => expectUnavailable(await browser.get(pushed)));
    expect((await browser.open(pushed)).left?.searchParams.get('code')).toBeTruthy();
  });

  it('no sign-in that comes back to the application', async () => {
    const browser = linasBrowser();
    const asked = await timetable.authorizationUrl();
    const page = (await browser.get(asked.url)).headers.get('location') ?? '';
    const resume = (await browser.get(page)).headers.get('location') ?? '';
    browser.person = '';
    await letPostgresIn(false);
    const answer = await browser.get(resume);
    await letPostgresIn(true);
    await expectUnavailable(answer);
    const { left } = await browser.open(resume);
    expect((await timetable.exchange(left ?? asked.url, asked)).access_token).toBeTruthy();
  });
});

describe('503 with Retry-After, and success after it', () => {
  it('where the ledger cannot be written', async () => {
    whatIsDown = 'ledger';
    const blocker = new pg.Client({ ...test.stores.connectionOf('postgres'), host: socketOfPostgres });
    await blocker.connect();
    down = async () => {
      await blocker.query('begin; set search_path = preau; lock table disclosures in access exclusive mode');
    };
    up = async () => {
      await blocker.query('rollback');
    };
    await expectAllUnavailable();
    await blocker.end();
  }, 60_000);

  it('where PostgreSQL is gone', async () => {
    whatIsDown = 'postgresql';
    down = () => letPostgresIn(false);
    up = () => letPostgresIn(true);
    await expectAllUnavailable();
  }, 60_000);

  it('where Redis is gone', async () => {
    whatIsDown = 'redis';
    down = () => redis.kill();
    up = () => redis.start();
    await expectAllUnavailable();
  }, 60_000);
});

it('refuses codes and pushed requests of a Redis that began anew', async () => {
  const asked = await timetable.authorizationUrl();
  const browser = linasBrowser();
  const { left } = await browser.open(asked.url);
  const pushed = await push();
  await redis.kill();
  await redis.start();
  await expect(timetable.exchange(left ?? asked.url, asked)).rejects.toMatchObject({
    error: 'invalid_grant',
  });
  // It lies there still: appended to disk, like every record of this Redis.
  const refused = await browser.open(pushed);
  expect([refused.left, refused.response.status]).toEqual([undefined, 400]);
  expect(await refused.response.text()).toContain('invalid_request_uri');
  browser.person = '';
  expect((await browser.open(await push())).left?.searchParams.get('code')).toBeTruthy();
  expect((await timetable.signIn(browser)).access_token).toBeTruthy();
}, 30_000);

/** The address that goes on with a request that was pushed. */
async function push(): Promise<string> {
  const { searchParams } = (await timetable.authorizationUrl()).url;
  const answer = await post('/par', Object.fromEntries(searchParams));
  expect(answer.status).toBe(201);
  const { request_uri } = (await answer.json()) as { request_uri: string };
  return `/authorize?${new URLSearchParams({ client_id: timetable.client.client_id, request_uri })}`;
}
