import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as oidc from 'openid-client';
import pg from 'pg';
import { raiseEpoch } from '../../src/accounts/epoch.ts';
import { applyOrder } from '../../src/crisis/apply-order.ts';
import { endOrder } from '../../src/crisis/end-order.ts';
import type { Measure } from '../../src/orders/measures.ts';
import { type EmbeddedRedis, startRedis } from '../../src/storage/embedded/redis-server.ts';
import { openRedis, type Redis } from '../../src/storage/redis.ts';
import { socketOfPostgres } from '../support/stores.ts';
import type { Browser } from './browser.ts';
import { BY, openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson, type Person } from './people.ts';
import { RelyingParty } from './relying-party.ts';

let test: TestDoor;
let other: TestDoor;
let timetable: RelyingParty;

// One of its own: what is put back here must not be put back under other tests.
let server: EmbeddedRedis;
let redis: Redis;
const folder = mkdtempSync(join(tmpdir(), 'preau-orders-'));

beforeAll(async () => {
  server = await startRedis({ folder, socketFolder: folder, log: () => {} });
  redis = await openRedis({ at: server.socket, commandMilliseconds: 5000 });
  test = await openTestDoor({ redis });
  other = await openTestDoor({ stores: test.stores, redis });
  timetable = await RelyingParty.at(test.issuer, await test.register());
}, 60_000);
afterAll(async () => {
  await other.stop();
  await test.stop();
  redis.disconnect();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function signedIn(): Promise<{ person: Person; browser: Browser }> {
  const person = await aPerson(test);
  const browser = test.browser();
  browser.person = `${person.id} one`;
  return { person, browser };
}

async function order(measure: Measure, person: Person): Promise<string> {
  const wish = { measure, scope: { person: [person.number] }, reason: 'test', mode: 'live' as const };
  const applied = await applyOrder(test.stores.db, BY, wish, new Date());
  if (applied.outcome !== 'applied') throw new Error(applied.refusal);
  await until(applied.order.id);
  return applied.order.id;
}

/** Until both processes know the order; it takes less than a second. */
async function until(id: string): Promise<void> {
  const deadline = Date.now() + 1000;
  for (;;) {
    const known = await Promise.all([test, other].map(async (door) => (await door.orders.inForce()).live));
    if (known.every((live) => live.some((one) => one.id === id))) return;
    if (Date.now() > deadline) throw new Error('not in force within a second');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Until somebody waits for a lock in this database. Within one transaction PostgreSQL answers the same as before. */
async function isHeldUp(by: pg.Client): Promise<void> {
  const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await by.query(waiting)).rowCount === 0) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    await by.query('select pg_stat_clear_snapshot()');
  }
}

const silently = async (browser: Browser) => {
  const { left } = await browser.open((await timetable.authorizationUrl({ prompt: 'none' })).url);
  return left?.searchParams.get('error') ?? (left?.searchParams.has('code') ? 'code' : 'page');
};

describe('a freeze', () => {
  it('closes every way and its end restores them as they were', async () => {
    const { person, browser } = await signedIn();
    const tokens = await timetable.signIn(browser);
    const cookie = browser.cookie('preau_session');
    const id = await order('freeze', person);

    expect(await silently(browser)).toBe('login_required');
    const { response } = await browser.open((await timetable.authorizationUrl()).url);
    expect(await response.json()).toMatchObject({ prompt: { name: 'login', reasons: ['frozen'] } });
    await expect(timetable.refresh(tokens)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(timetable.userinfo(tokens)).rejects.toMatchObject({ status: 401 });
    expect(await oidc.tokenIntrospection(timetable.config, tokens.access_token)).toEqual({ active: false });

    await endOrder(test.stores.db, BY, { id, reason: 'over' }, new Date());
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await silently(browser)).toBe('code');
    expect(browser.cookie('preau_session')).toBe(cookie);
    expect((await timetable.userinfo(tokens)).sub).toBe(tokens.claims()?.sub);
    expect((await timetable.refresh(tokens)).access_token).toBeTruthy();
  });

  it('that comes while claims are written down takes the token, in the words of its endpoint', async () => {
    const { person, browser } = await signedIn();
    const { access_token } = await timetable.signIn(browser);
    const blocker = new pg.Client({ ...test.stores.connectionOf('postgres'), host: socketOfPostgres });
    await blocker.connect();
    await blocker.query('begin; set search_path = preau; lock table disclosures in access exclusive mode');
    const headers = { authorization: `Bearer ${access_token}` };
    const asked = fetch(`${test.issuer}/userinfo`, { headers });
    await isHeldUp(blocker);
    await order('freeze', person);
    await blocker.query('rollback');
    await blocker.end();
    const answer = await asked;
    expect([answer.status, await answer.json()]).toMatchObject([401, { error: 'invalid_token' }]);
  });

  it.each(['access_token', 'refresh_token'] as const)(
    'gives back at its end no %s that its client gave back meanwhile',
    async (kind) => {
      const { person, browser } = await signedIn();
      const tokens = await timetable.signIn(browser);
      const id = await order('freeze', person);
      await oidc.tokenRevocation(timetable.config, tokens[kind] ?? '');
      await endOrder(test.stores.db, BY, { id, reason: 'over' }, new Date());
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(await silently(browser)).toBe('code');
      await expect(timetable.refresh(tokens)).rejects.toMatchObject({ error: 'invalid_grant' });
      await expect(timetable.userinfo(tokens)).rejects.toMatchObject({ status: 401 });
    },
  );

  it('is named to the person alone: a relying party hears what it hears of whoever is not signed in', async () => {
    const wordsFor = async (browser: Browser) => {
      const { left } = await browser.open((await timetable.authorizationUrl({ prompt: 'none' })).url);
      const { state: _, ...words } = Object.fromEntries(left?.searchParams ?? []);
      return words;
    };
    const { person, browser } = await signedIn();
    await timetable.signIn(browser);
    await order('freeze', person);
    expect(await wordsFor(browser)).toEqual(await wordsFor(test.browser()));
  });

  it('over somebody lets everybody else be', async () => {
    const [lina, hugo] = [await signedIn(), await signedIn()];
    await timetable.signIn(hugo.browser);
    await order('freeze', lina.person);
    expect(await silently(hugo.browser)).toBe('code');
  });
});

describe('dead for good', () => {
  async function expectDead(browser: Browser, tokens: { access_token: string; refresh_token?: string }) {
    expect(await silently(browser)).toBe('login_required');
    await expect(timetable.refresh(tokens)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(timetable.userinfo(tokens)).rejects.toMatchObject({ status: 401 });
    expect(await oidc.tokenIntrospection(timetable.config, tokens.access_token)).toEqual({ active: false });
  }

  it('is what was made before close-sessions, also offline; a new sign-in works', async () => {
    const { person, browser } = await signedIn();
    const tokens = await timetable.signIn(browser, { scope: 'openid offline_access', prompt: 'consent' });
    await order('close-sessions', person);
    await expectDead(browser, tokens);
    expect((await timetable.signIn(browser)).access_token).toBeTruthy();
  });

  it('is what was made under an older epoch of the account', async () => {
    const { person, browser } = await signedIn();
    const tokens = await timetable.signIn(browser);
    await test.stores.db.transaction().execute((tx) => raiseEpoch(tx, person.number, 'void'));
    await expectDead(browser, tokens);
  });

  it('is what belongs to a locked or closed account', async () => {
    const { person, browser } = await signedIn();
    const tokens = await timetable.signIn(browser);
    await test.stores.pool.query(
      `insert into locks (person, reason, locked_by, from_at) values (${person.number}, 'test', '{}', now() - interval '1 s')`,
    );
    await expectDead(browser, tokens);
  });

  it('is an interaction begun with a session that was closed meanwhile', async () => {
    const { person, browser } = await signedIn();
    await timetable.signIn(browser);
    browser.person = '';
    const { response } = await browser.open((await timetable.authorizationUrl({ prompt: 'login' })).url);
    await order('close-sessions', person);
    expect((await browser.get(response.url)).status).toBe(400);
  });

  it('is a session whose row was lost from Redis, and one that Redis has again from an older copy', async () => {
    const { browser } = await signedIn();
    const tokens = await timetable.signIn(browser);
    const keys = await redis.keys('oidc:*');
    const copies = await Promise.all(
      keys.map(async (key) => ({
        key,
        dump: await redis.dumpBuffer(key),
        ttl: await redis.pttl(key),
      })),
    );
    await browser.get(`/session/end?id_token_hint=${tokens.id_token}`);
    for (const { key, dump, ttl } of copies) await redis.restore(key, Math.max(ttl, 1), dump, 'REPLACE');
    await expect(timetable.refresh(tokens)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(timetable.userinfo(tokens)).rejects.toMatchObject({ status: 401 });
  });
});

describe('an older copy of Redis', () => {
  async function snapshot(): Promise<() => Promise<void>> {
    const keys = await redis.keys('oidc:*');
    const copies = await Promise.all(
      keys.map(async (key) => ({ key, dump: await redis.dumpBuffer(key), ttl: await redis.pttl(key) })),
    );
    return async () => {
      for (const { key, dump, ttl } of copies) await redis.restore(key, Math.max(ttl, 1), dump, 'REPLACE');
    };
  }

  it('gives back no spent refresh token', async () => {
    const { browser } = await signedIn();
    const first = await timetable.signIn(browser);
    const restore = await snapshot();
    const second = await timetable.refresh(first);
    await restore();
    await expect(timetable.refresh(first)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(timetable.refresh(second)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('gives back no revoked grant', async () => {
    const { browser } = await signedIn();
    const tokens = await timetable.signIn(browser);
    const restore = await snapshot();
    await oidc.tokenRevocation(timetable.config, tokens.refresh_token ?? '');
    await restore();
    await expect(timetable.refresh(tokens)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(timetable.userinfo(tokens)).rejects.toMatchObject({ status: 401 });
  });
});
