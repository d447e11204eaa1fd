import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { endRunOutSessions } from '../../src/sessions/end-run-out.ts';
import { forgetOutlived } from '../../src/sessions/forget-outlived.ts';
import { askForRunOut } from '../../src/sessions/logout-notices.ts';
import { Unavailable } from '../../src/storage/unavailable.ts';
import type { Browser } from './browser.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { type Listener, listen } from './listener.ts';
import { aPerson, type Person } from './people.ts';
import { RelyingParty, type Tokens } from './relying-party.ts';

const DAY = 86_400;

let test: TestDoor;
let ear: Listener;
let rp: RelyingParty;
let lina: Person;

beforeAll(async () => {
  test = await openTestDoor({ remote: { allowsLoopback: true } });
}, 60_000);
afterAll(() => test.stop());
beforeEach(async () => {
  lina = await aPerson(test);
  ear = await listen();
  rp = await RelyingParty.at(test.issuer, await test.register({ backchannel_logout_uri: ear.url }));
});
afterEach(() => ear.stop());

async function signedIn(): Promise<{ browser: Browser; tokens: Tokens }> {
  const browser = test.browser();
  browser.person = `${lina.id} one`;
  return { browser, tokens: await rp.signIn(browser) };
}

/** What happens once a minute, on each of two processes. */
async function minute(): Promise<void> {
  await askForRunOut(test.stores.db);
  await askForRunOut(test.stores.db);
  await test.queue.drain();
  await test.queue.drain();
}

interface Row {
  uid: string;
  end_reason: string | null;
}

async function linasSession(): Promise<Row> {
  const { rows } = await test.stores.pool.query(
    `select encode(uid_digest, 'base64') as uid, end_reason from sessions where person = ${lina.number}`,
  );
  return { ...rows[0], uid: Buffer.from(rows[0].uid, 'base64').toString('base64url') };
}

/** Redis, which counts the time that nobody used it, drops its record. */
async function lieIdle(): Promise<void> {
  const { uid } = await linasSession();
  expect(await test.stores.redis.del(`oidc:Session:${uid}`)).toBe(1);
}

async function later<T>(seconds: number, act: () => Promise<T>): Promise<T> {
  test.shift(seconds);
  try {
    return await act();
  } finally {
    test.shift(-seconds);
  }
}

const receipts = async () =>
  (
    await test.stores.pool.query(`select state, attempts from logout_notices where client_id = $1`, [
      rp.client.client_id,
    ])
  ).rows;

const endings = async () =>
  (
    await test.stores.pool.query(
      `select reason, details from audit_events where name = 'session.ended' order by id desc limit 1`,
    )
  ).rows;

describe('a session that only runs out', () => {
  it('at its absolute end is told to its relying parties, once, with its line', async () => {
    await signedIn();
    await later(DAY / 2 + 1, async () => {
      await minute();
      await minute();
    });
    expect(await linasSession()).toMatchObject({ end_reason: 'ran-out' });
    expect(ear.tokens).toHaveLength(1);
    expect(await receipts()).toEqual([{ state: 'confirmed', attempts: 1 }]);
    expect(await endings()).toMatchObject([{ reason: 'ran-out' }]);
  });

  it('because nobody used it is told after its idle time, and is over', async () => {
    const { browser, tokens } = await signedIn();
    await lieIdle();
    await minute();
    expect(ear.tokens).toEqual([]);
    await later(2 * 3600 + 1, minute);
    expect(await linasSession()).toMatchObject({ end_reason: 'ran-out' });
    expect(ear.tokens).toHaveLength(1);
    await expect(rp.refresh(tokens)).rejects.toMatchObject({ error: 'invalid_grant' });
    browser.person = '';
    const { left } = await browser.open((await rp.authorizationUrl({ prompt: 'none' })).url);
    expect(left?.searchParams.get('error')).toBe('login_required');
  });

  it('and is in use goes on, and is looked at again when it may have run out next', async () => {
    const { tokens } = await signedIn();
    await later(2 * 3600 + 1, minute);
    expect([ear.tokens, await linasSession()]).toMatchObject([[], { end_reason: null }]);
    const { rows } = await test.stores.pool.query(
      `select extract(epoch from look_at - now())::int / 3600 as hours from sessions where person = ${lina.number}`,
    );
    expect(rows).toEqual([{ hours: 4 }]);
    expect((await rp.refresh(tokens)).access_token).toBeTruthy();
  });

  it('is not forgotten before it was told', async () => {
    await signedIn();
    await later(3 * DAY, async () => {
      await forgetOutlived(test.stores.db, test.now());
      await minute();
      await forgetOutlived(test.stores.db, test.now());
    });
    expect(ear.tokens).toHaveLength(1);
    const { rows } = await test.stores.pool.query(`select from sessions where person = ${lina.number}`);
    expect(rows).toEqual([]);
  });

  it('is one of a crowd: batches, two processes at once, one line for each batch, everybody ended once', async () => {
    await test.stores.pool.query(`
      insert into sessions (uid_digest, person, kind, epoch, generation, started_at, absolute_end, idle_seconds, look_at)
      select sha256(('crowd ' || n)::bytea), ${lina.number}, 'own-device', 0, 1, now() - interval '1 day',
        now() + interval '1 day' * (n % 2 * 2 - 1), 7200, now()
      from generate_series(1, 1200) n`);
    const lines = () =>
      test.stores.pool
        .query(`select details from audit_events where name = 'session.ended' and reason = 'ran-out'`)
        .then(({ rows }) => rows.map(({ details }) => details.sessions as number));
    const before = await lines();
    const look = test.door.tasks['end-run-out-sessions'];
    await Promise.all([1, 2].map(() => look?.({}, { attempt: 1, isLast: false })));
    const { rows } = await test.stores.pool.query(`select count(*)::int as n from sessions
      where person = ${lina.number} and end_reason = 'ran-out'`);
    expect(rows).toEqual([{ n: 1200 }]);
    const counts = (await lines()).slice(before.length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1200);
    expect(Math.max(...counts)).toBeLessThanOrEqual(500);
  });

  it('waits for nobody who is about to end it, and keeps nobody waiting', async () => {
    await signedIn();
    await later(DAY, async () => {
      const other = await test.stores.pool.connect();
      await other.query('begin');
      await other.query(`select from sessions where person = ${lina.number} for update`);
      await minute();
      await other.query('rollback');
      other.release();
      expect(await linasSession()).toMatchObject({ end_reason: null });
      await minute();
    });
    expect(ear.tokens).toHaveLength(1);
  });

  it('is told once, however many look at once', async () => {
    await signedIn();
    await later(DAY, async () => {
      const look = test.door.tasks['end-run-out-sessions'];
      await Promise.all(Array.from({ length: 20 }, () => look?.({}, { attempt: 1, isLast: false })));
      await test.queue.drain();
    });
    expect(ear.tokens).toHaveLength(1);
  });
});

describe('what happened while Redis was away', () => {
  it('a sign-out: the session of that cookie is found and told', async () => {
    await signedIn();
    const other = await aPerson(test);
    const colleague = test.browser();
    colleague.person = `${other.id} one`;
    await rp.signIn(colleague);
    const { uid } = await linasSession();
    const cookie = await test.stores.redis.hget(`oidc:Session:${uid}`, 'cookie');
    // As own-session.ts notes it where Redis does not answer.
    await test.stores.db
      .insertInto('ended_cookies')
      .values({
        cookie_digest: Buffer.from(cookie ?? '', 'base64url'),
        ended_at: test.now(),
        until_at: new Date(Date.now() + DAY * 1000),
      })
      .execute();
    await later(61, minute);
    expect(await linasSession()).toMatchObject({ end_reason: 'sign-out' });
    expect(ear.tokens).toHaveLength(1);
    const { rows } = await test.stores.pool.query('select from ended_cookies where settled_at is null');
    expect(rows).toEqual([]);
  });

  it('a loss: sessions that are gone with it are told at once, not after their idle time', async () => {
    await signedIn();
    await lieIdle();
    await test.stores.pool.query('update redis_epoch set epoch_at = now()');
    await later(61, minute);
    expect(await linasSession()).toMatchObject({ end_reason: 'ran-out' });
    expect(ear.tokens).toHaveLength(1);
  });

  it('is not guessed: without Redis nothing ends but what has outlived itself', async () => {
    await signedIn();
    const { uid } = await linasSession();
    const down = () => Promise.reject(new Unavailable('redis'));
    const look = () =>
      endRunOutSessions({ db: test.stores.db, now: test.now, lookAt: down, redisEpoch: { at: down } });
    await later(3 * 3600, () => expect(look()).rejects.toThrow(Unavailable));
    expect(await linasSession()).toEqual({ uid, end_reason: null });
    await later(DAY, () => expect(look()).rejects.toThrow(Unavailable));
    expect(await linasSession()).toEqual({ uid, end_reason: 'ran-out' });
  });

  it('ends nobody who just signs in: PostgreSQL knows a session before Redis does', async () => {
    await signedIn();
    await lieIdle();
    await test.stores.pool.query('update redis_epoch set epoch_at = now()');
    await minute();
    expect(await linasSession()).toMatchObject({ end_reason: null });
  });
});
