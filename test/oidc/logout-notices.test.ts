import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { closeAccount } from '../../src/accounts/close-account.ts';
import { lockAccount } from '../../src/accounts/locks.ts';
import { applyOrder } from '../../src/crisis/apply-order.ts';
import { createEndContract } from '../../src/relying-parties/contracts/end.ts';
import { createSuspendContract } from '../../src/relying-parties/contracts/suspend.ts';
import { createDeleteClient } from '../../src/relying-parties/delete-client.ts';
import { createSuspendClient } from '../../src/relying-parties/suspend-client.ts';
import { endSessionsOf } from '../../src/sessions/end-session.ts';
import type { Browser } from './browser.ts';
import { BY, openTestDoor, type TestDoor } from './door-harness.ts';
import { type Listener, listen } from './listener.ts';
import { aPerson, type Person } from './people.ts';
import { RelyingParty, type Tokens } from './relying-party.ts';

let test: TestDoor;
let ear: Listener;
let rp: RelyingParty;
let lina: Person;
const opened: Listener[] = [];

beforeAll(async () => {
  test = await openTestDoor({ remote: { allowsLoopback: true } });
}, 60_000);
afterAll(() => test.stop());
beforeEach(async () => {
  lina = await aPerson(test);
  ear = await anEar();
  rp = await aRelyingParty(ear, { id_token_signed_response_alg: 'ES256' });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.stop()));
  await test.stores.pool.query('delete from graphile_worker._private_jobs');
});

async function anEar(): Promise<Listener> {
  const one = await listen();
  opened.push(one);
  return one;
}

const aRelyingParty = async ({ url }: Pick<Listener, 'url'>, metadata: object = {}) =>
  RelyingParty.at(test.issuer, await test.register({ backchannel_logout_uri: url, ...metadata }));

async function signedIn(): Promise<{ browser: Browser; tokens: Tokens }> {
  const browser = test.browser();
  browser.person = `${lina.id} one`;
  return { browser, tokens: await rp.signIn(browser) };
}

const signOut = (browser: Browser, { id_token: hint = '' }: Tokens) =>
  browser.open(`/session/end?id_token_hint=${hint}`);

/** Of an ID token, or of the notice of its session's end. */
function whose(token = ''): object {
  const { aud, sub, sid } = decodeJwt(token);
  return { aud, sub, sid };
}

interface Row {
  state: string;
  attempts: number;
  last_status: number | null;
}

async function noticesOf({ client }: RelyingParty): Promise<Row[]> {
  const { rows } = await test.stores.pool.query(
    `select state, attempts, last_status from logout_notices where client_id = $1 order by created_at`,
    [client.client_id],
  );
  return rows;
}

async function until(holds: () => boolean | Promise<boolean>, within = 10_000): Promise<void> {
  const deadline = Date.now() + within;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await pause(20);
  }
}

/** As if the pause before the next try were over. */
const hurry = () => test.stores.pool.query('update graphile_worker._private_jobs set run_at = now()');

describe('a notice of a sign-out', () => {
  it('is a token of the session’s sub and sid, signed as the client registered', async () => {
    const { browser, tokens } = await signedIn();
    await signOut(browser, tokens);
    await test.queue.drain();
    const [token = ''] = ear.tokens;
    const { payload, protectedHeader } = await jwtVerify(
      token,
      createRemoteJWKSet(new URL(`${test.issuer}/jwks`)),
      { issuer: test.issuer, audience: rp.client.client_id, typ: 'logout+jwt' },
    );
    const { sub, sid } = decodeJwt(tokens.id_token ?? '');
    expect(sid).toBeTruthy();
    expect(payload).toMatchObject({ sub, sid });
    expect(payload).toMatchObject({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } });
    expect(payload.jti).toBeTruthy();
    expect(payload).not.toHaveProperty('nonce');
    expect(protectedHeader.alg).toBe('ES256');
    expect(await noticesOf(rp)).toEqual([{ state: 'confirmed', attempts: 1, last_status: 204 }]);
  });

  it('is RS256 where nothing is registered, and goes to every relying party of the session, each its own', async () => {
    const others = [await aRelyingParty(await anEar()), await aRelyingParty(await anEar())];
    const { browser, tokens } = await signedIn();
    for (const other of others) await other.signIn(browser);
    await signOut(browser, tokens);
    await test.queue.drain();
    const all = opened.map(({ tokens: [token = ''] }) => token);
    expect(all.map((token) => decodeProtectedHeader(token).alg)).toEqual(['ES256', 'RS256', 'RS256']);
    for (const claim of ['sub', 'sid', 'jti', 'aud'] as const)
      expect(new Set(all.map((token) => decodeJwt(token)[claim])).size).toBe(3);
  });

  it('is not for one without an address to tell', async () => {
    const deaf = await RelyingParty.at(test.issuer, await test.register());
    const browser = test.browser();
    browser.person = `${lina.id} one`;
    await signOut(browser, await deaf.signIn(browser));
    expect(await noticesOf(deaf)).toEqual([]);
  });
});

describe('a relying party that is out of service', () => {
  const given = () => ({ clientId: rp.client.client_id });
  const from = () => ({ db: test.stores.db, now: test.now });
  const isOutOfService = async () =>
    (await test.browser().open((await rp.authorizationUrl()).url)).response.status === 400;

  it.each([
    ['suspended', () => createSuspendClient(from())(BY, given())],
    ['whose contract is suspended', () => createSuspendContract(from())(BY, given())],
    ['whose contract has ended', () => createEndContract(from())(BY, given())],
  ])('is told as any other: %s', async (_, act) => {
    const { tokens } = await signedIn();
    await act();
    await until(isOutOfService);
    await test.stores.db
      .transaction()
      .execute((tx) => endSessionsOf(tx, lina.number, { by: BY, at: new Date(), reason: 'x' }));
    await test.queue.drain();
    expect(ear.tokens.map(whose)).toEqual([whose(tokens.id_token)]);
    expect(ear.tokens.map((token) => decodeProtectedHeader(token).alg)).toEqual(['ES256']);
    expect(await noticesOf(rp)).toEqual([{ state: 'confirmed', attempts: 1, last_status: 204 }]);
  });

  it('is not told once it is deleted, not even of what was to be told before', async () => {
    const { browser, tokens } = await signedIn();
    await signOut(browser, tokens);
    await createDeleteClient(from())(BY, given());
    await until(isOutOfService);
    await test.queue.drain();
    expect([ear.tokens, await noticesOf(rp)]).toMatchObject([[], [{ state: 'pending' }]]);
  });
});

describe('every end of a session is told', () => {
  const within = <T>(act: Parameters<ReturnType<TestDoor['stores']['db']['transaction']>['execute']>[0]) =>
    test.stores.db.transaction().execute(act) as Promise<T>;

  it.each([
    [
      'of all that a person has open',
      () => within((tx) => endSessionsOf(tx, lina.number, end('password-changed'))),
    ],
    [
      'a lock',
      () => within((tx) => lockAccount(tx, BY, { person: lina.number, reason: 'x', at: new Date() })),
    ],
    [
      'a closed account',
      () => within((tx) => closeAccount(tx, BY, { person: lina.number, reason: 'x', at: new Date() })),
    ],
    ['an order over her', () => closeSessions({ person: [lina.number] })],
    ['an order over everybody', () => closeSessions({ all: true })],
  ])('%s', async (_, act) => {
    await signedIn();
    await act();
    await test.queue.drain();
    await test.queue.drain();
    expect(ear.tokens).toHaveLength(1);
    expect(await noticesOf(rp)).toMatchObject([{ state: 'confirmed' }]);
  });

  it('a sign-in as somebody else in the same browser, to those alone whom the former person had reached', async () => {
    const hugo = await aPerson(test, { givenName: 'Hugo' });
    const [reached, never] = [await anEar(), await anEar()];
    const [second, third] = [await aRelyingParty(reached), await aRelyingParty(never)];
    const { browser, tokens } = await signedIn();
    const linas = [tokens, await second.signIn(browser)];
    browser.person = `${hugo.id} one`;
    const asked = await third.authorizationUrl({ prompt: 'login' });
    const { response } = await browser.open(asked.url);
    const page = await response.text();
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const { left } = await browser.follow(
      await browser.post('/session/end/confirm', { xsrf, logout: 'yes' }),
    );
    const hugos = await third.exchange(left ?? asked.url, asked);
    await test.queue.drain();
    expect([...ear.tokens, ...reached.tokens].map(whose)).toEqual(
      linas.map(({ id_token }) => whose(id_token)),
    );
    expect([never.tokens, await noticesOf(third)]).toEqual([[], []]);
    expect((await third.userinfo(hugos)).given_name).toBe('Hugo');
  });

  it('but no order over others, and no drill', async () => {
    await signedIn();
    await closeSessions({ person: [(await aPerson(test)).number] });
    await applyOrder(test.stores.db, BY, { ...wish({ all: true }), mode: 'drill' }, new Date());
    await test.queue.drain();
    expect(ear.tokens).toEqual([]);
  });

  const end = (reason: string) => ({ by: BY, at: new Date(), reason });
  const wish = (scope: Parameters<typeof applyOrder>[2]['scope']) =>
    ({ measure: 'close-sessions', scope, reason: 'test', mode: 'live' }) as const;
  const closeSessions = (scope: Parameters<typeof applyOrder>[2]['scope']) =>
    applyOrder(test.stores.db, BY, wish(scope), new Date());
});

describe('the receipt', () => {
  it('is "refused" for a 400, which is not asked again', async () => {
    ear.answer((response) => response.writeHead(400).end());
    const { browser, tokens } = await signedIn();
    await signOut(browser, tokens);
    await test.queue.drain();
    await hurry();
    await test.queue.drain();
    expect(await noticesOf(rp)).toEqual([{ state: 'refused', attempts: 1, last_status: 400 }]);
  });

  it.each([500, 503, 302, 404])('waits after a %s and is "confirmed" once it answers', async (status) => {
    ear.answer((response) => response.writeHead(status).end());
    const { browser, tokens } = await signedIn();
    await signOut(browser, tokens);
    await test.queue.drain();
    expect(await noticesOf(rp)).toEqual([{ state: 'pending', attempts: 1, last_status: status }]);
    ear.answer((response) => response.writeHead(200).end('x'.repeat(100_000)));
    await hurry();
    await test.queue.drain();
    expect(await noticesOf(rp)).toEqual([{ state: 'confirmed', attempts: 2, last_status: 200 }]);
    expect(new Set(ear.tokens.map((token) => decodeJwt(token).jti)).size).toBe(2);
  });

  it('is "unknown" after about a day of tries', async () => {
    ear.answer((response) => response.writeHead(500).end());
    const { browser, tokens } = await signedIn();
    await signOut(browser, tokens);
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 13; attempt += 1) {
      await hurry();
      await test.queue.drain();
      const { rows } = await test.stores.pool.query(
        'select extract(epoch from run_at - now())::float8 as wait from graphile_worker._private_jobs',
      );
      pauses.push(...rows.map(({ wait }) => wait));
    }
    expect(await noticesOf(rp)).toMatchObject([{ state: 'unknown', attempts: 13 }]);
    const hours = pauses.reduce((sum, wait) => sum + wait, 0) / 3600;
    expect(hours).toBeGreaterThan(20);
    expect(hours).toBeLessThan(24);
    expect(pauses).toEqual([...pauses].sort((one, other) => Math.round(one) - Math.round(other)));
  });

  it('comes late from one that hangs, which keeps nobody else waiting', async () => {
    const hanging = await anEar();
    hanging.answer(() => {});
    const slow = await aRelyingParty(hanging);
    await test.queue.start();
    const before = performance.now();
    for (let session = 0; session < 6; session += 1) {
      const { browser, tokens } = await signedIn();
      await slow.signIn(browser);
      await signOut(browser, tokens);
    }
    await until(() => ear.tokens.length === 6);
    expect(performance.now() - before).toBeLessThan(4500);
    await test.queue.stop();
    expect(await noticesOf(slow)).toMatchObject(Array.from({ length: 6 }, () => ({ state: 'pending' })));
  }, 20_000);
});

describe('written with the end of the session', () => {
  it('is not there where the end is taken back', async () => {
    const { tokens } = await signedIn();
    const taken = test.stores.db.transaction().execute(async (tx) => {
      await endSessionsOf(tx, lina.number, { by: BY, at: new Date(), reason: 'x' });
      throw new Error('taken back');
    });
    await expect(taken).rejects.toThrow('taken back');
    await test.queue.drain();
    expect([ear.tokens, await noticesOf(rp)]).toEqual([[], []]);
    expect((await rp.userinfo(tokens)).sub).toBeTruthy();
  });

  it('is told by another process where the one that told it was killed', async () => {
    const { browser, tokens } = await signedIn();
    await signOut(browser, tokens);
    // As a process leaves it that is killed while it tells: claimed, its job locked by a crew that is gone.
    await test.stores.pool.query(`update logout_notices set attempts = 1, claimed_until = now() - interval '1 second'
      where client_id = '${rp.client.client_id}'`);
    await test.queue.drain();
    expect(await noticesOf(rp)).toEqual([{ state: 'confirmed', attempts: 2, last_status: 204 }]);
  });

  it('is told once, however many processes look', async () => {
    const { browser, tokens } = await signedIn();
    await signOut(browser, tokens);
    const { rows } = await test.stores.pool.query(
      `select encode(session_uid_digest, 'hex') as session from logout_notices where client_id = $1`,
      [rp.client.client_id],
    );
    const tell = test.door.tasks['tell-of-logout'];
    await Promise.allSettled(
      Array.from({ length: 20 }, () => tell?.({ session: rows[0].session }, { attempt: 1, isLast: false })),
    );
    expect(ear.tokens).toHaveLength(1);
  });
});
