import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import * as oidc from 'openid-client';
import type { Browser } from './browser.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson } from './people.ts';
import { RelyingParty, type Tokens } from './relying-party.ts';
import * as trips from './trips.ts';

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

// A session's record is read by HGETALL, and written by a script alone.
const SESSION_WRITTEN = /evalsha[^$]*\$\d+\r\n[^$]*\$\d+\r\n1\r\n\$\d+\r\noidc:Session/i;

function signedOut(): Browser {
  const own = test.browser();
  own.person = browser.person;
  return own;
}

const roundTrips = (act: () => Promise<unknown>) => trips.roundTrips(test.stores, act);
const flights = (act: () => Promise<unknown>) => trips.flights(test.stores, act);

describe('Redis is asked', () => {
  it('twice for an authorization in a session of just now, which writes none', async () => {
    const { url } = await rp.authorizationUrl();
    await browser.get(url);
    const sent = await flights(() => browser.get(url));
    expect(sent).toHaveLength(2);
    expect(sent.join('')).not.toMatch(SESSION_WRITTEN);
    const signIn = await flights(() => rp.signIn(signedOut()));
    expect(signIn.join('')).toMatch(SESSION_WRITTEN);
  });

  it('twice again once its grant gave way to another', async () => {
    const { url } = await rp.authorizationUrl();
    const own = signedOut();
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
});

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
