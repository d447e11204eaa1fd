import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import * as oidc from 'openid-client';
import { onFlight } from '../support/redis-flights.ts';
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
  rp = await RelyingParty.at(test.issuer, await test.register());
  browser = test.browser();
  browser.person = `${lina.id} one`;
  tokens = await rp.signIn(browser);
}, 60_000);
afterAll(() => test.stop());

/** How often a connection of the pool was taken: each statement takes one, a transaction one for all of its own. */
async function roundTrips(act: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const note = () => {
    count += 1;
  };
  test.stores.pool.on('acquire', note);
  await act();
  test.stores.pool.off('acquire', note);
  return count;
}

/** What was sent to Redis and waited for. */
async function flights(act: () => Promise<unknown>): Promise<string[]> {
  const sent: string[] = [];
  const stop = onFlight(test.stores.redis, (flight) => sent.push(flight));
  await act();
  stop();
  return sent;
}

describe('Redis is asked', () => {
  it('twice for an authorization in a session of just now, which writes none', async () => {
    const { url } = await rp.authorizationUrl();
    await browser.get(url);
    const sent = await flights(() => browser.get(url));
    expect(sent).toHaveLength(2);
    // The session's record is read by HGETALL, and written by a script alone.
    expect(sent.join('').match(/evalsha[^$]*\$\d+\r\n[^$]*\$\d+\r\n1\r\n\$\d+\r\noidc:Session/gi)).toBeNull();
  });

  it('twice again once its grant gave way to another', async () => {
    const { url } = await rp.authorizationUrl();
    const own = test.browser();
    own.person = browser.person;
    const given = await rp.signIn(own);
    await oidc.tokenRevocation(rp.config, given.refresh_token ?? given.access_token);
    await own.get(url);
    await own.get(url);
    expect(await flights(() => own.get(url))).toHaveLength(2);
  });

  it('once for a code made here, and three times for a refresh', async () => {
    const asked = await rp.authorizationUrl();
    const { left } = await browser.open(asked.url);
    let fresh: Tokens | undefined;
    const code = await flights(async () => {
      fresh = await rp.exchange(left ?? asked.url, asked);
    });
    expect(code).toHaveLength(1);
    expect(await flights(() => rp.refresh(fresh ?? tokens))).toHaveLength(3);
  });

  it('once for userinfo and introspection, of a token made here', async () => {
    expect(await flights(() => rp.userinfo(tokens))).toHaveLength(1);
    expect(await flights(() => oidc.tokenIntrospection(rp.config, tokens.access_token))).toHaveLength(1);
  });

  it('never for discovery and keys', async () => {
    const paths = ['/.well-known/openid-configuration', '/jwks'];
    expect(await flights(() => Promise.all(paths.map((path) => fetch(test.issuer + path))))).toEqual([]);
  });
});

describe('PostgreSQL is asked', () => {
  it('once for an authorization in a session', async () => {
    const { url } = await rp.authorizationUrl();
    expect(await roundTrips(() => browser.get(url))).toBe(1);
  });

  it('never for an authorization without one', async () => {
    const { url } = await rp.authorizationUrl();
    expect(await roundTrips(() => test.browser().get(url))).toBe(0);
  });

  it('and told at once for a code made here', async () => {
    const asked = await rp.authorizationUrl();
    const { left } = await browser.open(asked.url);
    expect(await roundTrips(() => rp.exchange(left ?? asked.url, asked))).toBe(1);
  });

  it('once, and told once, for a code of somebody of whom there is too much to remember', async () => {
    const lina = await aPerson(test);
    const own = test.browser();
    own.person = `${lina.id} one`;
    await sql`insert into memberships (person, profile, uai, school_year, from_at, until_at)
      select ${lina.number}, 'pupil', '0750001A', 1900 + year, '2000-01-01', '2001-01-01'
      from generate_series(1, 100) year`.execute(test.stores.db);
    await rp.signIn(own);
    const asked = await rp.authorizationUrl();
    const { left } = await own.open(asked.url);
    expect(await roundTrips(() => rp.exchange(left ?? asked.url, asked))).toBe(2);
  });

  it('once, and told once, for userinfo, introspection and a refresh', async () => {
    expect(await roundTrips(() => rp.userinfo(tokens))).toBe(2);
    expect(await roundTrips(() => oidc.tokenIntrospection(rp.config, tokens.access_token))).toBe(2);
    expect(await roundTrips(() => rp.refresh(tokens))).toBe(2);
  });

  it('never for discovery and keys', async () => {
    const paths = ['/.well-known/openid-configuration', '/jwks'];
    expect(await roundTrips(() => Promise.all(paths.map((path) => fetch(`${test.issuer}${path}`))))).toBe(0);
  });
});

describe('a sign-in on, from the authorization to the tokens', () => {
  it('takes three flights of eight commands to Redis, and two to PostgreSQL', async () => {
    const signInOn = async () => {
      const asked = await rp.authorizationUrl();
      const { left } = await browser.open(asked.url);
      await rp.exchange(left ?? asked.url, asked);
    };
    const sent = await flights(signInOn);
    expect(sent).toHaveLength(3);
    expect(sent.join('').match(/^\*\d+\r$/gm)).toHaveLength(8);
    expect(await roundTrips(signInOn)).toBe(2);
  });

  it('takes six and three where each process meets what another one made', async () => {
    const somebodyElse = await aPerson(test);
    const others = [await another(somebodyElse.id), await another(somebodyElse.id)];
    const [second = '', third = ''] = others.map(({ issuer }) => issuer);
    const { url, verifier } = await rp.authorizationUrl();
    let code = '';
    const authorize = async () => {
      const response = await browser.get(url.href.replace(test.issuer, second));
      code = URL.parse(response.headers.get('location') ?? '')?.searchParams.get('code') ?? '';
    };
    const exchange = async () => {
      const { client_id, client_secret = '', redirect_uris } = rp.client;
      const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
      const form = { grant_type: 'authorization_code', code, code_verifier: verifier };
      const body = new URLSearchParams({ ...form, redirect_uri: redirect_uris[0] ?? '' });
      const response = await fetch(`${third}/token`, { method: 'POST', headers: { authorization }, body });
      expect(await response.json()).toMatchObject({ id_token: expect.any(String) });
    };
    const sent: string[] = [];
    const statements = await roundTrips(async () => {
      sent.push(...(await flights(authorize)), ...(await flights(exchange)));
    });
    expect(sent).toHaveLength(6);
    expect(statements).toBe(3);
    for (const door of others) await door.stop();
  });
});

/** Another process, in which somebody else has signed in. */
async function another(person: string): Promise<TestDoor> {
  const door = await openTestDoor({ stores: test.stores });
  const elsewhere = door.browser();
  elsewhere.person = `${person} one`;
  await (await RelyingParty.at(door.issuer, rp.client)).signIn(elsewhere);
  return door;
}

describe('what lies in Redis after all this', () => {
  it('holds no token, no cookie id, no code, no account', async () => {
    const held = [tokens.access_token, tokens.refresh_token ?? '', browser.cookie('preau_session') ?? ''];
    const { redis } = test.stores;
    const keys = await redis.keys('oidc:*');
    const values = await Promise.all(
      keys.map(async (key) => {
        const type = await redis.type(key);
        if (type === 'hash') return redis.hgetall(key);
        return type === 'zset' ? redis.zrange(key, '0', '-1') : redis.get(key);
      }),
    );
    const dump = JSON.stringify([keys, values]);
    const { rows } = await test.stores.pool.query('select id, subject_id from persons');
    for (const secret of [...held, rows[0].id, rows[0].subject_id]) expect(dump).not.toContain(secret);
    expect(keys.length).toBeGreaterThan(5);
  });
});
