import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { hash } from 'argon2';
import { raiseEpoch } from '../../src/accounts/epoch.ts';
import { lockAccount } from '../../src/accounts/locks.ts';
import { setPassword } from '../../src/accounts/set-password.ts';
import { selectPassword } from '../../src/accounts/store.ts';
import { Unavailable } from '../../src/storage/unavailable.ts';
import { createAddresses } from '../../src/throttling/addresses.ts';
import { MORNING } from '../accounts/builders.ts';
import { reachedByMail, toldOf } from '../notices/told.ts';
import { type LoginWorld, loginWorld, type Visitor } from './harness.ts';
import { aUsername, order, PASSWORD, somebody, withRecoveryCodes, withTotp } from './people.ts';

const operator = { kind: 'operator', name: 'officer', osUser: 'preau', host: 'test' } as const;

let world: LoginWorld;
beforeAll(async () => {
  world = await loginWorld();
});
beforeEach(() => {
  world.at = MORNING;
});
afterAll(() => world.close());

const seconds = (count: number): Date => new Date(MORNING.getTime() + count * 1000);

/** The same device at another time: all its cookies but the one of its former sign-in. */
function knowing(device: Visitor): Visitor {
  const later = world.visitor();
  for (const [name, value] of device.cookies) if (name !== 'interaction') later.cookies.set(name, value);
  return later;
}

describe('a password alone', () => {
  it('signs in who has no second factor, at acr one, with the limits of a pupil', async () => {
    const { person, username } = await somebody(world);
    const visitor = world.visitor();
    const page = await visitor.get(visitor.path);
    expect(await page.text()).toContain('Pour ouvrir Emploi du temps');
    expect(page.headers.get('content-security-policy')).toContain(
      "form-action 'self' https://timetable.example.fr",
    );
    const answer = await visitor.signIn({ username, password: PASSWORD });
    expect(answer.status).toBe(303);
    expect(visitor.result()).toMatchObject({
      outcome: 'signed-in',
      signIn: {
        person,
        acr: 'urn:preau:acr:one',
        amr: ['pwd'],
        limits: { kind: 'own-device', idleSeconds: 7200, absoluteSeconds: 43_200 },
        judgedAt: { epoch: 0 },
      },
    });
    expect((await world.accounts.events(person)).at(-1)).toBe('sign-in.succeeded');
  });

  it('has the shorter limits of a shared device, which is not remembered', async () => {
    const { username } = await somebody(world, 'guardian');
    const visitor = world.visitor();
    await visitor.signIn({ username, password: PASSWORD, shared: 'yes' });
    expect(visitor.result()).toMatchObject({
      signIn: { limits: { kind: 'shared-device', idleSeconds: 1200, absoluteSeconds: 3600 } },
    });
    expect([...visitor.cookies.keys()].filter((name) => name.includes('devices'))).toEqual([]);
  });

  it('that is missing costs nobody the name they typed, nor the tick that the device is shared', async () => {
    const { username } = await somebody(world);
    const answer = await world.visitor().signIn({ username, password: '', shared: 'yes' });
    const page = await answer.text();
    expect([answer.status, page.includes('Tapez votre mot de passe.')]).toEqual([422, true]);
    expect(page).toContain(`value="${username}"`);
    expect(/<input[^>]*name="shared"[^>]*>/.exec(page)?.[0]).toMatch(/ checked/);
  });

  it('that is wrong sets nothing and is on record', async () => {
    const { person, username } = await somebody(world);
    const visitor = world.visitor();
    const answer = await visitor.signIn({ username, password: 'quatre tasses de lait' });
    expect(answer.status).toBe(422);
    expect(await answer.text()).not.toContain('quatre tasses');
    expect(visitor.result()).toBeUndefined();
    expect((await world.accounts.events(person)).at(-1)).toBe('sign-in.failed');
  });

  it('is hashed anew at today’s cost when it was hashed at another', async () => {
    const { person, username } = await somebody(world);
    const cheap = await hash(PASSWORD.normalize('NFC'), { memoryCost: 8192, timeCost: 2, parallelism: 1 });
    const set = { person, hash: cheap, epoch: 0, generation: 1, at: MORNING };
    await world.accounts.transaction((tx) => setPassword(tx, set));
    const visitor = world.visitor();
    await visitor.signIn({ username, password: PASSWORD });
    expect(visitor.result()?.outcome).toBe('signed-in');
    expect((await selectPassword(world.stores.db, person))?.hash).toContain('m=19456');
  });

  it('is not enough once it was changed while it was verified', async () => {
    const { person, username } = await somebody(world);
    const verify = world.from.hasher.verify;
    const hasher = {
      ...world.from.hasher,
      verify: async (hash: string | undefined, typed: string) => {
        const isRight = await verify(hash, typed);
        const other = { person, hash: 'another', epoch: 0, generation: 1, at: seconds(1) };
        await world.accounts.transaction((tx) => setPassword(tx, other));
        return isRight;
      },
    };
    const visitor = world.visitor();
    await during({ hasher }, () => visitor.signIn({ username, password: PASSWORD }));
    expect(visitor.result()).toBeUndefined();
  });
});

describe('orders and locks', () => {
  it('are said only after the right credentials', async () => {
    const frozen = await somebody(world);
    const id = await order(world, { measure: 'freeze', person: frozen.person });
    const visitor = world.visitor();
    const wrong = await visitor.signIn({ username: frozen.username, password: 'not the password' });
    expect([wrong.status, (await wrong.text()).includes('pause')]).toEqual([422, false]);
    const right = await visitor.signIn({ username: frozen.username, password: PASSWORD });
    expect(right.status).toBe(403);
    expect(await right.text()).toContain('Ce compte est en pause');
    expect(visitor.result()).toBeUndefined();
    expect((await world.accounts.events(frozen.person)).at(-1)).toBe('sign-in.refused');
    await world.stores.db.updateTable('orders').set({ ended_at: MORNING }).where('id', '=', id).execute();
    await world.orders.upTo((await clock()).version);
    await visitor.signIn({ username: frozen.username, password: PASSWORD });
    expect(visitor.result()?.outcome).toBe('signed-in');
  });

  it('lock: the page says so, after both factors where there are two', async () => {
    const who = await somebody(world);
    const totp = await withTotp(world, who);
    await lock(who.person);
    const visitor = world.visitor();
    const first = await visitor.signIn({ username: who.username, password: PASSWORD });
    expect(first.headers.get('location')).toBe(`${visitor.path}/second-factor`);
    const second = await visitor.type('second-factor', { otp: totp.codeAt(MORNING) });
    expect([second.status, (await second.text()).includes('Ce compte est bloqué')]).toEqual([403, true]);
    expect(visitor.result()).toBeUndefined();
  });

  it('a freeze ordered while the password is verified refuses', async () => {
    const { person, username } = await somebody(world);
    const verify = world.from.hasher.verify;
    const hasher = {
      ...world.from.hasher,
      verify: async (hash: string | undefined, typed: string) => {
        const isRight = await verify(hash, typed);
        await order(world, { measure: 'freeze', person });
        return isRight;
      },
    };
    const visitor = world.visitor();
    const answer = await during({ hasher }, () => visitor.signIn({ username, password: PASSWORD }));
    expect([answer.status, visitor.result()]).toEqual([403, undefined]);
  });

  it('that void credentials make a password as good as none', async () => {
    const { person, username } = await somebody(world);
    await order(world, { measure: 'reset-credentials', person });
    const visitor = world.visitor();
    expect((await visitor.signIn({ username, password: PASSWORD })).status).toBe(422);
    expect(visitor.result()).toBeUndefined();
  });

  it('that ask for a second factor refuse who has none', async () => {
    const { person, username } = await somebody(world);
    await order(world, { measure: 'require-second-factor', person });
    const visitor = world.visitor();
    const answer = await visitor.signIn({ username, password: PASSWORD });
    expect([answer.status, visitor.result()]).toEqual([403, undefined]);
  });
});

describe('the second factor', () => {
  it('is asked of who has one, and lets in at acr two', async () => {
    const who = await somebody(world, 'teacher');
    const totp = await withTotp(world, who);
    const visitor = world.visitor();
    const first = await visitor.signIn({ username: who.username, password: PASSWORD });
    expect([first.status, first.headers.get('location')]).toEqual([303, `${visitor.path}/second-factor`]);
    expect(visitor.result()).toBeUndefined();
    expect(await (await visitor.get(`${visitor.path}/second-factor`)).text()).toContain('name="otp"');
    const wrong = await visitor.type('second-factor', { otp: '000000' });
    expect(wrong.status).toBe(422);
    await visitor.type('second-factor', { otp: totp.codeAt(MORNING) });
    expect(visitor.result()).toMatchObject({
      signIn: { acr: 'urn:preau:acr:two', amr: ['pwd', 'otp'], limits: { kind: 'staff' } },
    });
  });

  it('does not take a code a second time, nor from two browsers at once', async () => {
    const who = await somebody(world);
    const totp = await withTotp(world, who);
    const visitors = Array.from({ length: 4 }, () => world.visitor());
    for (const visitor of visitors) {
      await visitor.signIn({ username: who.username, password: PASSWORD });
      await visitor.get(`${visitor.path}/second-factor`);
    }
    const otp = totp.codeAt(MORNING);
    await Promise.all(visitors.map((visitor) => visitor.type('second-factor', { otp })));
    expect(visitors.filter((visitor) => visitor.result())).toHaveLength(1);
  });

  it('may be a recovery code, which works once, and is not used up while an order stands in the way', async () => {
    const who = await somebody(world);
    await withTotp(world, who);
    const [code = ''] = await withRecoveryCodes(world, who);
    await reachedByMail(world, who.person);
    const freeze = await order(world, { measure: 'freeze', person: who.person });
    const early = world.visitor();
    await early.signIn({ username: who.username, password: PASSWORD });
    expect((await early.type('recovery-code', { code: '00000-00000-00000' })).status).toBe(422);
    const held = await early.type('recovery-code', { code });
    expect([held.status, (await held.text()).includes('Ce compte est en pause')]).toEqual([403, true]);
    expect(await toldOf(world, who.person)).toEqual([]);
    const { db } = world.stores;
    await db.updateTable('orders').set({ ended_at: MORNING }).where('id', '=', freeze).execute();
    await world.orders.upTo((await clock()).version);
    const visitor = world.visitor();
    await visitor.signIn({ username: who.username, password: PASSWORD });
    expect(await (await visitor.get(`${visitor.path}/recovery-code`)).text()).toContain('name="code"');
    await visitor.type('recovery-code', { code: code.toLowerCase() });
    expect(visitor.result()).toMatchObject({ signIn: { acr: 'urn:preau:acr:two' } });
    const again = world.visitor();
    await again.signIn({ username: who.username, password: PASSWORD });
    expect((await again.type('recovery-code', { code })).status).toBe(422);
    expect(again.result()).toBeUndefined();
    expect(await toldOf(world, who.person)).toEqual(['recovery-code-used']);
  });

  it('cannot be reached without the first: step skipped, other interaction, other browser', async () => {
    const who = await somebody(world);
    const totp = await withTotp(world, who);
    const otp = totp.codeAt(MORNING);
    const skipping = world.visitor();
    const skipped = await skipping.type('second-factor', { otp });
    expect([skipped.status, skipped.headers.get('location')]).toEqual([303, skipping.path]);
    const victim = world.visitor();
    await victim.signIn({ username: who.username, password: PASSWORD });
    const other = world.visitor();
    await other.get(other.path);
    const stolen = await other.post(`${victim.path}/second-factor`, { csrf: other.token(), otp });
    expect(stolen.status).toBe(400);
    const firstFactor = victim.firstFactor();
    const planted = world.visitor({ firstFactor });
    await planted.type('second-factor', { otp });
    expect([skipping.result(), other.result(), planted.result()]).toEqual([undefined, undefined, undefined]);
  });

  it('going back to the first page and away sets nothing', async () => {
    const who = await somebody(world);
    await withTotp(world, who);
    const visitor = world.visitor();
    await visitor.signIn({ username: who.username, password: PASSWORD });
    const back = await visitor.get(visitor.path);
    expect([back.status, visitor.result()]).toEqual([200, undefined]);
  });

  it('waits ten minutes, and not across a lock, a reset or a closing of sessions', async () => {
    const cases: ((person: number) => Promise<unknown>)[] = [
      async () => {
        world.at = seconds(601);
      },
      (person) => world.accounts.transaction((tx) => raiseEpoch(tx, person, 'kept')),
      (person) => order(world, { measure: 'close-sessions', person }),
    ];
    for (const happens of cases) {
      world.at = MORNING;
      const who = await somebody(world);
      const totp = await withTotp(world, who);
      const visitor = world.visitor();
      await visitor.signIn({ username: who.username, password: PASSWORD });
      await happens(who.person);
      const answer = await visitor.type('second-factor', { otp: totp.codeAt(world.at) });
      expect([answer.status, answer.headers.get('location')]).toEqual([303, visitor.path]);
      expect([visitor.result(), visitor.firstFactor()]).toEqual([undefined, undefined]);
    }
  });

  it('follows a right password, which is no failure: not the sixth time, nor on a device known for long', async () => {
    const who = await somebody(world, 'teacher');
    const totp = await withTotp(world, who);
    for (let entry = 0; entry < 6; entry += 1) {
      const visitor = world.visitor();
      expect((await visitor.signIn({ username: who.username, password: PASSWORD })).status).toBe(303);
    }
    const known = world.visitor();
    await known.signIn({ username: who.username, password: PASSWORD });
    await known.type('second-factor', { otp: totp.codeAt(MORNING) });
    for (let entry = 0; entry < 11; entry += 1) {
      const later = knowing(known);
      expect((await later.signIn({ username: who.username, password: PASSWORD })).status).toBe(303);
    }
  });

  it('is guessed five times, then not even the right one counts', async () => {
    const who = await somebody(world);
    const totp = await withTotp(world, who);
    const [code = ''] = await withRecoveryCodes(world, who);
    const visitor = world.visitor();
    await visitor.signIn({ username: who.username, password: PASSWORD });
    for (let guess = 0; guess < 3; guess += 1) await visitor.type('second-factor', { otp: '000000' });
    for (let guess = 0; guess < 2; guess += 1) await visitor.type('recovery-code', { code: '0000-0000' });
    expect((await visitor.type('second-factor', { otp: totp.codeAt(MORNING) })).status).toBe(429);
    expect((await visitor.type('recovery-code', { code })).status).toBe(429);
    world.at = seconds(60);
    await visitor.type('second-factor', { otp: totp.codeAt(world.at) });
    expect(visitor.result()?.outcome).toBe('signed-in');
  });
});

describe('too many failures', () => {
  it('pause a name, known or not, in the same words; a device that knows the account goes on', async () => {
    const who = await somebody(world);
    const atHome = world.visitor();
    await atHome.signIn({ username: who.username, password: PASSWORD });
    expect(atHome.result()?.outcome).toBe('signed-in');
    const unknown = aUsername();
    const visitor = world.visitor();
    for (let guess = 0; guess < 5; guess += 1) {
      for (const username of [who.username, unknown]) {
        expect((await visitor.signIn({ username, password: 'a guess' })).status).toBe(422);
      }
    }
    const known = await visitor.signIn({ username: who.username, password: PASSWORD });
    const nobody = await visitor.signIn({ username: unknown, password: PASSWORD });
    expect([known.status, known.headers.get('retry-after')]).toEqual([429, '60']);
    expect([nobody.status, nobody.headers.get('retry-after')]).toEqual([429, '60']);
    expect(await known.text()).toBe(await nobody.text());
    expect(visitor.result()).toBeUndefined();
    const later = knowing(atHome);
    await later.signIn({ username: who.username, password: PASSWORD });
    expect(later.result()?.outcome).toBe('signed-in');
    // A long one is said in hours.
    await world.stores.db.updateTable('attempt_counters').set({ day_failures: 25 }).execute();
    const long = await visitor.signIn({ username: unknown, password: PASSWORD });
    expect(await long.text()).toContain('Attendez environ 24 heures');
  });

  it('are none where nobody looked at the password: whoever met busy workers signs in as soon as they are free', async () => {
    const { username } = await somebody(world);
    const visitor = world.visitor();
    const hasher = { ...world.hasher, verify: () => Promise.reject(new Unavailable('password hashing')) };
    await during({ hasher }, async () => {
      for (let turn = 0; turn < 6; turn += 1)
        expect((await visitor.signIn({ username, password: PASSWORD })).status).toBe(503);
    });
    for (let guess = 0; guess < 4; guess += 1)
      expect((await visitor.signIn({ username, password: 'a guess' })).status).toBe(422);
    await visitor.signIn({ username, password: PASSWORD });
    expect(visitor.result()?.outcome).toBe('signed-in');
  });

  it('let five of forty parallel guesses reach a hash', async () => {
    const { username } = await somebody(world);
    const visitor = world.visitor();
    await visitor.get(visitor.path);
    const jobs = world.hasher.jobs();
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => visitor.signIn({ username, password: 'a guess' })),
    );
    expect(world.hasher.jobs() - jobs).toBe(5);
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(35);
  });

  it('from one address stop it for a while, whatever name it tries, and no known device; without Redis signing in goes on', async () => {
    const { username } = await somebody(world);
    const { redis } = world.stores;
    const { digests } = world.accounts;
    const counted: string[] = [];
    const limits = { addressFailures: 2, addressWindowSeconds: 600 };
    const addresses = createAddresses({ redis, digests, limits, count: (event) => counted.push(event) });
    const home = world.visitor();
    await home.signIn({ username, password: PASSWORD });
    await during({ addresses }, async () => {
      const visitor = world.visitor();
      for (let guess = 0; guess < 2; guess += 1) {
        await visitor.signIn({ username: aUsername(), password: 'a guess' });
      }
      const jobs = world.hasher.jobs();
      const stopped = await visitor.signIn({ username, password: PASSWORD });
      expect([stopped.status, stopped.headers.get('retry-after')]).toEqual([429, '600']);
      expect(world.hasher.jobs()).toBe(jobs);
      const atHome = knowing(home);
      await atHome.signIn({ username, password: PASSWORD });
      expect(atHome.result()?.outcome).toBe('signed-in');
      redis.disconnect();
      await visitor.signIn({ username, password: PASSWORD });
      await redis.connect();
      expect(visitor.result()?.outcome).toBe('signed-in');
      expect(counted).toContain('address-limit-not-asked');
    });
  });

  it('on a known device end with the epoch it was known under', async () => {
    const who = await somebody(world);
    const visitor = world.visitor();
    await visitor.signIn({ username: who.username, password: PASSWORD });
    await world.accounts.transaction((tx) => raiseEpoch(tx, who.person, 'kept'));
    const again = knowing(visitor);
    for (let guess = 0; guess < 5; guess += 1) {
      await again.signIn({ username: who.username, password: 'a guess' });
    }
    expect((await again.signIn({ username: who.username, password: PASSWORD })).status).toBe(429);
  });
});

describe('the page itself', () => {
  it('refuses a form without its token', async () => {
    const { username } = await somebody(world);
    const visitor = world.visitor();
    for (const step of ['', '/second-factor', '/recovery-code', '/cancel']) {
      const answer = await visitor.post(visitor.path + step, { username, password: PASSWORD });
      expect(answer.status).toBe(403);
    }
    expect(visitor.result()).toBeUndefined();
  });

  it('asks for what is missing without counting a try', async () => {
    const visitor = world.visitor();
    const answer = await visitor.signIn({ username: ' ', password: '' });
    expect(answer.status).toBe(422);
    const page = await answer.text();
    expect(page).toContain('Tapez votre identifiant.');
    expect(page).toContain('Tapez votre mot de passe.');
  });

  it('ends the request of the application where somebody stops here', async () => {
    const visitor = world.visitor({ prompt: { name: 'login', reasons: ['frozen'] } });
    const page = await visitor.get(visitor.path);
    expect([page.status, (await page.text()).includes('Ce compte est en pause')]).toEqual([403, true]);
    await visitor.type('cancel', {});
    expect(visitor.result()).toEqual({ outcome: 'cancelled' });
  });

  it('speaks English where it is asked to', async () => {
    const visitor = world.visitor({ uiLocales: 'en' });
    expect(await (await visitor.get(visitor.path)).text()).toContain('This device is shared');
  });
});

async function during<T>(changed: Partial<typeof world.from>, act: () => Promise<T>): Promise<T> {
  const before = { ...world.from };
  Object.assign(world.from, changed);
  try {
    return await act();
  } finally {
    Object.assign(world.from, before);
  }
}

async function lock(person: number): Promise<void> {
  await world.accounts.transaction((tx) =>
    lockAccount(tx, operator, { person, reason: 'seen in a leak', at: MORNING }),
  );
}

function clock(): Promise<{ version: number }> {
  return world.stores.db.selectFrom('order_clock').select('version').executeTakeFirstOrThrow();
}
