import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import speakeasy from 'speakeasy';
import { lockAccount } from '../../src/accounts/locks.ts';
import { countRecoveryCodes, findTotp } from '../../src/second-factors/store.ts';
import { type NewSession, startSession } from '../../src/sessions/start-session.ts';
import { Unavailable } from '../../src/storage/unavailable.ts';
import { MORNING } from '../accounts/builders.ts';
import type { Browser } from '../http/edge-harness.ts';
import { order, PASSWORD, somebody, withTotp } from '../login/people.ts';
import { reachedByMail, toldOf } from '../notices/told.ts';
import { LIMITS } from '../sessions/people.ts';
import { asSuperuser } from '../support/stores.ts';
import { secondsFromNow } from '../support/whole-clock.ts';
import { type AccountWorld, accountWorld } from './harness.ts';

const NEXT = 'cinq chaises dans le couloir';

let world: AccountWorld;
beforeAll(async () => {
  world = await accountWorld();
});
beforeEach(() => {
  world.at = MORNING;
});
afterAll(() => world.close());

const minutes = (count: number): Date => new Date(MORNING.getTime() + count * 60_000);

describe('/', () => {
  it('welcomes who is not signed in', async () => {
    const page = await (await world.edge.get('/')).text();
    expect(page).toContain('href="/login?to=/"');
    expect(page).toContain('href="/activate"');
  });

  it('shows the applications whose contract names my profile, with a link to where they begin', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    const page = await (await browser.get('/')).text();
    expect(page).toContain('Bonjour Lina');
    expect(page).toContain('Emploi du temps');
    expect(page).toContain('href="https://app.example.fr/"');
    expect(page).not.toContain('Salle des professeurs');
  });
});

describe('the way in', () => {
  it('leads through the authorization endpoint with the internal client', async () => {
    const answer = await world.edge.get('/login?to=/account');
    const to = new URL(answer.headers.get('location') ?? '', 'http://localhost:3000');
    expect([answer.status, to.pathname]).toEqual([303, '/auth']);
    expect(Object.fromEntries(to.searchParams)).toMatchObject({
      client_id: 'preau',
      redirect_uri: 'http://localhost:3000/signed-in',
      response_type: 'code',
      scope: 'openid',
      state: '/account',
      code_challenge_method: 'S256',
    });
  });

  it.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)'])(
    'lands on a path of ours only: %s',
    async (to) => {
      const landed = await world.edge.get(`/signed-in?code=x&state=${encodeURIComponent(to)}`);
      expect([landed.status, landed.headers.get('location')]).toEqual([303, '/']);
      const login = await world.edge.get(`/login?to=${encodeURIComponent(to)}`);
      expect(login.headers.get('location')).toContain('state=%2F&');
    },
  );

  it('sends who is not signed in to sign in and back', async () => {
    for (const path of ['/account', '/account/password', '/account/second-factor', '/account/lock']) {
      const answer = await world.edge.get(path);
      expect([answer.status, answer.headers.get('location')]).toEqual([
        303,
        `/login?to=${encodeURIComponent(path)}`,
      ]);
    }
  });

  it('gives a new session at each sign-in and ends the one that was there', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    const before = browser.cookies.get('preau_session');
    await browser.get(`/test/sign-in/${person}`);
    expect(browser.cookies.get('preau_session')).not.toBe(before);
    expect(await liveSessions(person)).toBe(1);
    const stale = world.edge.browser();
    stale.cookies.set('preau_session', before ?? '');
    expect((await stale.get('/account')).status).toBe(303);
  });

  it('believes no cookie that the engine did not sign', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    const forger = world.edge.browser();
    forger.cookies.set('preau_session', browser.cookies.get('preau_session') ?? '');
    forger.cookies.set('preau_session.sig', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA');
    expect((await forger.get('/account')).status).toBe(303);
  });
});

describe('/account', () => {
  it('says who I am and where I am signed in, without a raw header or a whole address', async () => {
    const { person, username } = await somebody(world);
    const browser = await world.signedIn(person);
    await world.signedIn(person, {
      userAgent: 'Mozilla/5.0 (Linux; Android 14) Chrome/139.0 Mobile Safari/537.36',
    });
    const page = await (await browser.get('/account')).text();
    for (const text of [
      username,
      'Collège des Tilleuls',
      'Firefox, Linux',
      'Chrome, Android',
      '127.0.0.0/24',
    ]) {
      expect(page).toContain(text);
    }
    expect(page).not.toContain('Mozilla');
    expect(page.match(/Cet appareil/g)).toHaveLength(1);
  });

  it('ends one of my sessions, or all the others, and nobody else’s', async () => {
    const { person } = await somebody(world);
    const stranger = await somebody(world);
    const browser = await world.signedIn(person);
    const other = await world.signedIn(person);
    const third = await world.signedIn(person);
    const theirs = await world.signedIn(stranger.person);
    expect(sessionIds(await (await theirs.get('/account')).text())).toEqual([]);
    const foreign = await uidOf(stranger.person);
    await post(browser, '/account/sessions/end', { session: foreign });
    expect(await liveSessions(stranger.person)).toBe(1);
    const [first = ''] = sessionIds(await (await browser.get('/account')).text());
    await post(browser, '/account/sessions/end', { session: first });
    expect(await liveSessions(person)).toBe(2);
    await post(browser, '/account/sessions/end-others', {});
    expect(await liveSessions(person)).toBe(1);
    const pages = await Promise.all([other, third, browser].map((one) => one.get('/account')));
    expect(pages.map(({ status }) => status)).toEqual([303, 303, 200]);
    expect(await world.accounts.events(person)).toContain('session.ended');
  });

  it('is closed to a frozen account, whose session the end of the freeze restores', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    const id = await order(world, { measure: 'freeze', person });
    const frozen = await browser.get('/account');
    const page = await frozen.text();
    expect([frozen.status, page.includes('en pause')]).toEqual([403, true]);
    expect(page).toContain('action="/account/sign-out"');
    await world.stores.db.updateTable('orders').set({ ended_at: MORNING }).where('id', '=', id).execute();
    const { version } = await clock();
    await world.orders.upTo(version);
    expect((await browser.get('/account')).status).toBe(200);
  });

  it('lets a frozen account leave a shared device, and the end of the freeze brings nobody back', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person, { device: 'shared' });
    const stale = world.edge.browser();
    for (const [name, value] of browser.cookies) stale.cookies.set(name, value);
    const id = await order(world, { measure: 'freeze', person });
    expect((await browser.get('/account')).status).toBe(403);
    expect((await post(browser, '/account/sign-out', {})).headers.get('location')).toBe('/signed-out');
    await world.stores.db.updateTable('orders').set({ ended_at: MORNING }).where('id', '=', id).execute();
    await world.orders.upTo((await clock()).version);
    for (const one of [browser, stale]) expect((await one.get('/account')).status).toBe(303);
  });

  it('is closed at once to a locked account and after a closing of sessions', async () => {
    const [locked, cut] = [await somebody(world), await somebody(world)];
    const [one, two] = [await world.signedIn(locked.person), await world.signedIn(cut.person)];
    const by = { kind: 'system', name: 'test' } as const;
    await world.accounts.transaction((tx) =>
      lockAccount(tx, by, { person: locked.person, reason: 'test', at: MORNING }),
    );
    await order(world, { measure: 'close-sessions', person: cut.person });
    expect([(await one.get('/account')).status, (await two.get('/account')).status]).toEqual([303, 303]);
  });

  it('ends with the session’s absolute time', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    world.at = minutes(12 * 60);
    expect((await browser.get('/account')).status).toBe(303);
  });

  it('is a use of the session, whose idle time begins anew, in the browser too', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    const { stores } = world;
    const { uid_digest: uid } = await stores.db
      .selectFrom('sessions')
      .select('uid_digest')
      .where('person', '=', person)
      .executeTakeFirstOrThrow();
    const key = `oidc:Session:${uid.toString('base64url')}`;
    expect(await stores.redis.expire(key, 100)).toBe(1);
    const [answer, until] = await secondsFromNow(7100, async () => [
      await browser.get('/account'),
      Date.now() + 7_100_000,
    ]);
    expect(answer.status).toBe(200);
    expect(await stores.redis.ttl(key)).toBeGreaterThan(7100);
    const cookie = answer.headers.getSetCookie().find((line) => line.startsWith('preau_session='));
    expect(Date.parse(/expires=([^;]+)/.exec(cookie ?? '')?.[1] ?? '')).toBeGreaterThan(until);
  });

  it('refuses every form without its token', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    for (const path of FORMS) expect((await browser.post(path, {})).status).toBe(403);
    expect(await liveSessions(person)).toBe(1);
  });
});

const FORMS = [
  '/account/password',
  '/account/second-factor',
  '/account/recovery-codes',
  '/account/sessions/end',
  '/account/sessions/end-others',
  '/account/lock',
  '/account/sign-out',
];

describe('a change of password', () => {
  it('needs the current one, ends the other sessions and goes on in a new one here', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    const other = await world.signedIn(person);
    const before = browser.cookies.get('preau_session');
    const answer = await changePassword(browser, PASSWORD, NEXT);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/account?done=password']);
    expect(browser.cookies.get('preau_session')).not.toBe(before);
    expect((await browser.get('/account')).status).toBe(200);
    expect((await other.get('/account')).status).toBe(303);
    expect(await hashOf(person).then((hash) => world.hasher.verify(hash, NEXT))).toBe(true);
    expect(await world.accounts.epoch(person)).toBe(1);
    expect(await world.accounts.events(person)).toContain('password.changed');
    expect([...browser.cookies.keys()].some((name) => name.includes('devices'))).toBe(true);
  });

  it('makes no session longer: it ends when the one it goes on from would have', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    world.at = minutes(11 * 60);
    expect((await changePassword(browser, PASSWORD, NEXT)).status).toBe(303);
    world.at = minutes(12 * 60 - 1);
    expect((await browser.get('/account')).status).toBe(200);
    world.at = minutes(12 * 60);
    expect((await browser.get('/account')).status).toBe(303);
  });

  it('keeps the second factor', async () => {
    const who = await somebody(world);
    await withTotp(world, who);
    await changePassword(await world.signedIn(who.person, { factors: 2 }), PASSWORD, NEXT);
    expect(await findTotp(world.stores.db, who.person)).toMatchObject({ epoch: 1 });
  });

  it('does not make a known device of a shared one', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person, { device: 'shared' });
    expect((await changePassword(browser, PASSWORD, NEXT)).status).toBe(303);
    expect([...browser.cookies.keys()].filter((name) => name.includes('devices'))).toEqual([]);
  });

  it('asks whoever has a second factor for it, where the session began without', async () => {
    const who = await somebody(world);
    const early = await world.signedIn(who.person);
    await withTotp(world, who);
    const asked = '/login?to=%2Faccount%2Fpassword&again=yes';
    expect((await early.get('/account/password')).headers.get('location')).toBe(asked);
    expect((await changePassword(early, PASSWORD, NEXT)).headers.get('location')).toBe(asked);
    expect(await world.accounts.epoch(who.person)).toBe(0);
  });

  it.each([
    ['a wrong current one', 'not the password', NEXT, 'Ce n’est pas votre mot de passe actuel.'],
    ['a short one', PASSWORD, 'short', 'au moins 12 caractères'],
    ['the same', PASSWORD, PASSWORD, 'le même que l’ancien'],
    ['the same from another keyboard', PASSWORD, PASSWORD.normalize('NFD'), 'le même que l’ancien'],
    ['a common one', PASSWORD, 'azertyuiop123', 'Trop de gens'],
    ['the school’s name', PASSWORD, 'CollègeTilleuls1', 'votre nom, votre établissement'],
    ['nothing', '', '', 'Tapez votre mot de passe actuel.'],
  ])('refuses %s', async (_, current, next, words) => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    const answer = await changePassword(browser, current, next);
    const page = await answer.text();
    expect(answer.status).toBe(422);
    expect(page).toContain(words);
    expect(page).not.toContain(`value="${current || 'none'}"`);
    expect(await world.accounts.epoch(person)).toBe(0);
  });

  it('counts wrong current passwords: each is on record; after five a pause for the right one too', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    for (let guess = 0; guess < 5; guess += 1) await changePassword(browser, 'a wrong password', NEXT);
    const events = await world.accounts.events(person);
    expect(events.filter((name) => name === 'password.change-refused')).toHaveLength(5);
    expect((await changePassword(browser, PASSWORD, NEXT)).status).toBe(429);
    world.at = minutes(1);
    expect((await changePassword(browser, PASSWORD, NEXT)).status).toBe(303);
  });

  it('counts no try while the workers are busy: neither before the current one is verified nor after', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    const { hasher } = world;
    const whole = { ...hasher };
    const busy = () => Promise.reject(new Unavailable('password hashing'));
    try {
      for (const without of [{ verify: busy }, { ...whole, hash: busy }]) {
        Object.assign(hasher, without);
        for (let turn = 0; turn < 5; turn += 1)
          expect((await changePassword(browser, PASSWORD, NEXT)).status).toBe(503);
      }
    } finally {
      Object.assign(hasher, whole);
    }
    expect((await changePassword(browser, PASSWORD, NEXT)).status).toBe(303);
  });

  it('of two at once one wins', async () => {
    const { person } = await somebody(world);
    const [one, two] = [await world.signedIn(person), await world.signedIn(person)];
    await Promise.all([one.get('/account/password'), two.get('/account/password')]);
    await Promise.all([
      changePassword(one, PASSWORD, NEXT),
      changePassword(two, PASSWORD, 'six fenêtres sans rideau'),
    ]);
    expect(await world.accounts.epoch(person)).toBe(1);
    expect((await world.accounts.events(person)).filter((name) => name === 'password.changed')).toHaveLength(
      1,
    );
  });
});

describe('a second factor', () => {
  it('is added with the secret of the page and its first code, and brings ten recovery codes', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    const { secret, ticket, page } = await openEnrolment(browser);
    expect(page).toContain('src="data:image/svg+xml;base64,');
    const wrong = await post(browser, '/account/second-factor', { ticket, otp: '000000' });
    expect([wrong.status, (await wrong.text()).includes(ticket)]).toEqual([422, true]);
    const right = await post(browser, '/account/second-factor', { ticket, otp: codeOf(secret) });
    expect((await right.text()).match(/<li><code class="code">/g)).toHaveLength(10);
    expect(await findTotp(world.stores.db, person)).toBeDefined();
    expect(await (await browser.get('/account')).text()).toContain('Il vous reste 10 codes.');
  });

  it('does not take the secret of another session, of another person, or none', async () => {
    const [mine, theirs] = [await somebody(world), await somebody(world)];
    const browser = await world.signedIn(mine.person);
    const again = await world.signedIn(mine.person);
    const stranger = await world.signedIn(theirs.person);
    for (const source of [again, stranger]) {
      const { secret, ticket } = await openEnrolment(source);
      const answer = await post(browser, '/account/second-factor', { ticket, otp: codeOf(secret) });
      expect([answer.status, (await answer.text()).includes(ticket)]).toEqual([422, false]);
    }
    expect((await post(browser, '/account/second-factor', { otp: '123456' })).status).toBe(422);
    expect(await findTotp(world.stores.db, mine.person)).toBeUndefined();
  });

  it('and recovery codes ask for the credentials again after ten minutes', async () => {
    const who = await somebody(world);
    await withTotp(world, who);
    const browser = await world.signedIn(who.person, { factors: 2 });
    const renewed = await post(browser, '/account/recovery-codes', {});
    const page = await renewed.text();
    expect(page.match(/<li><code class="code">/g)).toHaveLength(10);
    // A change of language would load the page anew, without them.
    expect(page).not.toContain('action="/language"');
    world.at = minutes(11);
    for (const path of ['/account/second-factor', '/account/recovery-codes']) {
      const asked = await browser.get(path);
      expect(asked.headers.get('location')).toBe(`/login?to=${encodeURIComponent(path)}&again=yes`);
      const posted = await post(browser, path, { ticket: 'x', otp: '123456' });
      expect(posted.headers.get('location')).toBe(`/login?to=${encodeURIComponent(path)}&again=yes`);
    }
    const again = await world.edge.get('/login?to=/account/second-factor&again=yes');
    expect(again.headers.get('location')).toContain('prompt=login');
  });

  it('is not replaced by who signed in just before it was added, with the password alone', async () => {
    const { person } = await somebody(world);
    const [holder, thief] = [await world.signedIn(person), await world.signedIn(person)];
    const early = await openEnrolment(thief);
    const { secret, ticket } = await openEnrolment(holder);
    await post(holder, '/account/second-factor', { ticket, otp: codeOf(secret) });
    const enrolled = await findTotp(world.stores.db, person);
    const given = { ticket: early.ticket, otp: codeOf(early.secret) };
    for (const path of ['/account/second-factor', '/account/recovery-codes']) {
      const again = `/login?to=${encodeURIComponent(path)}&again=yes`;
      expect((await thief.get(path)).headers.get('location')).toBe(again);
      expect((await post(thief, path, given)).headers.get('location')).toBe(again);
    }
    expect(enrolled).toBeDefined();
    expect(await findTotp(world.stores.db, person)).toEqual(enrolled);
  });

  it('is replaced at the price of every session: a stolen cookie confirms nothing with a telephone of its own', async () => {
    const who = await somebody(world);
    await withTotp(world, who);
    const [thief, holder] = [
      await world.signedIn(who.person, { factors: 2 }),
      await world.signedIn(who.person, { factors: 2 }),
    ];
    const before = await signInOf(who.person);
    const { secret, ticket } = await openEnrolment(thief);
    const replaced = await post(thief, '/account/second-factor', { ticket, otp: codeOf(secret) });
    expect(await replaced.text()).toContain('Tous vos appareils sont déconnectés');
    for (const browser of [thief, holder]) {
      expect((await browser.get('/account')).headers.get('location')).toContain('/login?to=');
    }
    // Of somebody who signed in with the former one and has not come back to the application yet.
    expect(await startSession(world.stores.db, before)).toEqual({ outcome: 'account-changed' });
    expect(await startSession(world.stores.db, await signInOf(who.person))).toMatchObject({
      outcome: 'started',
    });
    expect(await countRecoveryCodes(world.stores.db, who.person)).toBe(10);
  });

  it('must be there before recovery codes are', async () => {
    const browser = await world.signedIn((await somebody(world)).person);
    const answer = await post(browser, '/account/recovery-codes', {});
    expect(answer.headers.get('location')).toBe('/account/second-factor');
  });
});

describe('a change of how I sign in', () => {
  it('is told wherever I am reached, once, in the act’s own transaction; one that is refused is not', async () => {
    const who = await somebody(world, 'guardian');
    const { person } = who;
    await reachedByMail(world, person);
    const early = await world.signedIn(person);
    await changePassword(early, 'a wrong password', NEXT);
    const first = await openEnrolment(early);
    await post(early, '/account/second-factor', { ticket: first.ticket, otp: '000000' });
    expect(await toldOf(world, person)).toEqual([]);

    await post(early, '/account/second-factor', { ticket: first.ticket, otp: codeOf(first.secret) });
    const browser = await world.signedIn(person, { factors: 2 });
    await changePassword(browser, PASSWORD, NEXT);
    await post(browser, '/account/recovery-codes', {});
    const second = await openEnrolment(browser);
    await post(browser, '/account/second-factor', { ticket: second.ticket, otp: codeOf(second.secret) });
    expect(await toldOf(world, person)).toEqual([
      'factor-added',
      'factor-replaced',
      'password',
      'recovery-codes',
    ]);
  });
});

describe('the lock of my own account', () => {
  it('wants a tick, ends everything at once, and nobody but the school lifts it', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    const other = await world.signedIn(person);
    expect((await post(browser, '/account/lock', {})).status).toBe(422);
    expect(await liveSessions(person)).toBe(2);
    const locked = await post(browser, '/account/lock', { confirm: 'yes' });
    expect([locked.status, (await locked.text()).includes('Votre compte est bloqué')]).toEqual([200, true]);
    expect(locked.headers.get('clear-site-data')).toBe('"storage"');
    expect(await liveSessions(person)).toBe(0);
    expect([(await browser.get('/account')).status, (await other.get('/account')).status]).toEqual([
      303, 303,
    ]);
    expect(await world.accounts.events(person)).toContain('account.locked');
  });
});

describe('signing out', () => {
  it('ends the session, in PostgreSQL too', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    const cookies = new Map(browser.cookies);
    const answer = await post(browser, '/account/sign-out', { logout: 'yes' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/signed-out']);
    expect(answer.headers.get('clear-site-data')).toBe('"storage"');
    expect((await browser.get('/signed-out')).headers.get('clear-site-data')).toBeNull();
    expect(browser.cookies.get('preau_session')).toBe('');
    expect(await liveSessions(person)).toBe(0);
    const back = world.edge.browser();
    for (const [name, value] of cookies) back.cookies.set(name, value);
    expect((await back.get('/account')).status).toBe(303);
  });

  it('works while Redis is away: the cookie is gone and its end is on record', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    await browser.get('/account');
    world.stores.redis.disconnect();
    try {
      const answer = await post(browser, '/account/sign-out', { logout: 'yes' });
      expect([answer.status, browser.cookies.get('preau_session')]).toEqual([303, '']);
      const { rows } = await asSuperuser(
        'select count(*)::int as ended from preau.ended_cookies',
        world.stores.connectionOf('preau_app').database as string,
      );
      expect(rows[0]).toEqual({ ended: 1 });
      expect((await browser.get('/signed-out')).status).toBe(200);
    } finally {
      await world.stores.redis.connect();
    }
  });
});

async function post(browser: Browser, path: string, form: Record<string, string>): Promise<Response> {
  if (!browser.token()) await browser.get('/account');
  return browser.post(path, { csrf: browser.token(), ...form });
}

function changePassword(browser: Browser, current: string, password: string): Promise<Response> {
  return post(browser, '/account/password', { current, password });
}

async function openEnrolment(browser: Browser): Promise<{ secret: string; ticket: string; page: string }> {
  const page = await (await browser.get('/account/second-factor')).text();
  const ticket = /name="ticket" value="([^"]+)"/.exec(page)?.[1] ?? '';
  const groups = [...page.matchAll(/<span class="code-group">([A-Z2-7]{4})<\/span>/g)];
  return { secret: groups.map(([, group]) => group).join(''), ticket, page };
}

/** As the engine finds it where somebody comes back from signing in. */
async function signInOf(person: number): Promise<NewSession> {
  const { version, generation } = await world.orders.inForce();
  const judgedAt = { version, generation, epoch: await world.accounts.epoch(person) };
  return { uidDigest: randomBytes(32), person, limits: LIMITS, judgedAt, at: world.at };
}

function codeOf(secret: string): string {
  return speakeasy.totp({ secret, encoding: 'base32', time: Math.floor(world.at.getTime() / 1000) });
}

function sessionIds(page: string): string[] {
  return [...page.matchAll(/name="session" value="([^"]+)"/g)].map(([, id]) => id ?? '');
}

async function liveSessions(person: number): Promise<number> {
  const rows = await world.stores.db
    .selectFrom('sessions')
    .select('uid_digest')
    .where('person', '=', person)
    .where('ended_at', 'is', null)
    .execute();
  return rows.length;
}

async function uidOf(person: number): Promise<string> {
  const row = await world.stores.db
    .selectFrom('sessions')
    .select('uid_digest')
    .where('person', '=', person)
    .executeTakeFirstOrThrow();
  return row.uid_digest.toString('base64url');
}

async function hashOf(person: number): Promise<string> {
  const row = await world.stores.db
    .selectFrom('passwords')
    .select('hash')
    .where('person', '=', person)
    .executeTakeFirstOrThrow();
  return row.hash;
}

function clock(): Promise<{ version: number }> {
  return world.stores.db.selectFrom('order_clock').select('version').executeTakeFirstOrThrow();
}
