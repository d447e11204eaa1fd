import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeAccount } from '../../src/accounts/close-account.ts';
import { lockAccount } from '../../src/accounts/locks.ts';
import { offerTotp } from '../../src/activation/second-factor.ts';
import { applyOrder } from '../../src/crisis/apply-order.ts';
import { endOrder } from '../../src/crisis/end-order.ts';
import { enrolTotp } from '../../src/second-factors/enrol-totp.ts';
import { generateTotpSecret, toBase32 } from '../../src/second-factors/totp.ts';
import { otpOf } from './otp.ts';
import { activationWorld, BY, DAY, MINUTE, type World } from './world.ts';

const PASSWORD = 'sept-chevaux-bleus-1789';

let world: World;
beforeAll(async () => {
  world = await activationWorld({ hash: async (password) => `hash of ${password.length}` });
});
afterAll(() => world.close());

const begin = (code: string, proof: string) =>
  world.activation.begin(world.activation.classWindow, { code, proof });

async function begun(given: { code: string; word: string }): Promise<string> {
  const answer = await begin(given.code, given.word);
  if (answer.outcome !== 'begun') throw new Error(answer.outcome);
  return answer.token;
}

async function accountOf(person: number) {
  return world.stores.db
    .selectFrom('accounts as a')
    .innerJoin('account_states as s', 's.person', 'a.person')
    .leftJoin('passwords as p', 'p.person', 'a.person')
    .select(['s.state', 'a.claimed_by', 'p.hash'])
    .where('a.person', '=', person)
    .where('s.until_at', 'is', null)
    .executeTakeFirstOrThrow();
}

const isDormant = async (person: number) => {
  expect(await accountOf(person)).toEqual({ state: 'dormant', claimed_by: null, hash: null });
};

async function whyRefused(person: number): Promise<unknown> {
  return (await world.events(person)).filter(({ name }) => name === 'activation.refused').at(-1)?.details
    .because;
}

const order = async (measure: 'freeze' | 'close-sessions', person: number) => {
  const wish = { measure, scope: { person: [person] }, reason: 'test', mode: 'live' as const };
  const applied = await applyOrder(world.stores.db, BY, wish, world.now());
  if (applied.outcome !== 'applied') throw new Error(applied.outcome);
  return applied.order.id;
};

describe('both proofs', () => {
  it('opens a ceremony, and spends nothing yet', async () => {
    const { person, code, word } = await world.pupilWithProofs();
    await begun({ code, word });
    await isDormant(person);
    expect((await world.events(person)).map(({ name }) => name)).toContain('activation.begun');
  });

  it('reads the code and the word as people type them', async () => {
    const { code, word } = await world.pupilWithProofs();
    const typed = code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l');
    expect((await begin(` ${typed} `, ` ${word.toUpperCase()} `)).outcome).toBe('begun');
  });

  it('takes five wrong words, then none until the next window', async () => {
    const { person, code, word } = await world.pupilWithProofs();
    for (let n = 0; n < 5; n += 1) expect((await begin(code, 'faux')).outcome).toBe('refused');
    expect(await whyRefused(person)).toBe('wrong-word');
    expect((await begin(code, word)).outcome).toBe('refused');
    expect(await whyRefused(person)).toBe('no-tries-left');
    const { code: className } = await world.stores.db
      .selectFrom('memberships')
      .innerJoin('classes', 'classes.id', 'memberships.class_id')
      .select('code')
      .where('person', '=', person)
      .executeTakeFirstOrThrow();
    const next = await world.open(className);
    expect((await begin(code, word)).outcome).toBe(next.word === word ? 'begun' : 'refused');
    expect((await begin(code, next.word)).outcome).toBe('begun');
  });

  it('counts wrong words only: the right one is as good the sixth time', async () => {
    const { code, word } = await world.pupilWithProofs();
    for (let n = 0; n < 7; n += 1) expect((await begin(code, word)).outcome).toBe('begun');
  });

  it('locks nothing by wrong codes', async () => {
    const { code, word } = await world.pupilWithProofs();
    for (let n = 0; n < 30; n += 1) await begin(`${n}`.padStart(16, '0'), word);
    expect((await begin(code, word)).outcome).toBe('begun');
  });

  it('refuses the word of another class, the time after the window, and a closed window', async () => {
    const mine = await world.pupilWithProofs();
    const other = await world.pupilWithProofs();
    if (mine.word !== other.word) expect((await begin(mine.code, other.word)).outcome).toBe('refused');
    await world.activation.closeWindow({ id: mine.window, by: BY });
    expect((await begin(mine.code, mine.word)).outcome).toBe('refused');
    expect(await whyRefused(mine.person)).toBe('no-window');
    world.wait(20 * MINUTE);
    expect((await begin(other.code, other.word)).outcome).toBe('refused');
  });

  it('refuses who is not of the list', async () => {
    const [present = 0, absent = 0] = await world.people({ className: '4Z', count: 2 });
    const codes = await world.print('4Z');
    const { word } = await world.open('4Z', [await world.idOf(present)]);
    expect((await begin(codes.get(absent) ?? '', word)).outcome).toBe('refused');
    expect((await begin(codes.get(present) ?? '', word)).outcome).toBe('begun');
  });

  it.each([
    ['a letter printed anew', 'void-letter'],
    ['a lock', 'void-letter'],
    ['a closed account', 'void-letter'],
    ['a freeze', 'frozen'],
  ])('refuses after %s', async (what, because) => {
    const { person, code, word } = await world.pupilWithProofs();
    await after(what, person);
    expect((await begin(code, word)).outcome).toBe('refused');
    expect(await whyRefused(person)).toBe(because);
  });

  it('refuses an expired letter', async () => {
    const [person = 0] = await world.people({ className: '4Y' });
    const code = (await world.print('4Y')).get(person) ?? '';
    world.wait(14 * DAY);
    const { word } = await world.open('4Y');
    expect((await begin(code, word)).outcome).toBe('refused');
    expect(await whyRefused(person)).toBe('expired-letter');
  });
});

async function after(what: string, person: number): Promise<void> {
  const { db } = world.stores;
  const at = world.now();
  if (what === 'a letter printed anew') await world.print();
  else if (what === 'a lock')
    await db.transaction().execute((tx) => lockAccount(tx, BY, { person, reason: 'test', at }));
  else if (what === 'a closed account')
    await db.transaction().execute((tx) => closeAccount(tx, BY, { person, reason: 'test', at }));
  else await order(what === 'a freeze' ? 'freeze' : 'close-sessions', person);
}

describe('the first password', () => {
  it('activates the account, spends the code and closes everything else half-open', async () => {
    const { person, code, word } = await world.pupilWithProofs();
    const [token, other] = [await begun({ code, word }), await begun({ code, word })];
    const claimed = await world.activation.claim(token, PASSWORD);
    expect(claimed).toMatchObject({
      outcome: 'claimed',
      username: expect.stringMatching(/^lina\.[a-z]+\d{2,3}$/),
    });
    expect(await accountOf(person)).toEqual({
      state: 'active',
      claimed_by: 'class-window',
      hash: `hash of ${PASSWORD.length}`,
    });
    expect(await world.activation.claim(other, PASSWORD)).toEqual({ outcome: 'ended' });
    expect(await world.activation.claim(token, 'another-password-1')).toEqual({ outcome: 'ended' });
    expect((await begin(code, word)).outcome).toBe('refused');
    expect(await whyRefused(person)).toBe('used-letter');
    const names = (await world.events(person)).map(({ name }) => name);
    expect(names.filter((name) => name === 'account.activated')).toHaveLength(1);
    const letters = await world.stores.db
      .selectFrom('letters')
      .select('state')
      .where('person', '=', person)
      .execute();
    expect(letters).toEqual([{ state: 'used' }]);
  });

  it.each(['court', 'motdepasse2026', 'lina0-martin0000', ''])('refuses %p', async (password) => {
    const { person, code, word } = await world.pupilWithProofs();
    const token = await begun({ code, word });
    expect((await world.activation.claim(token, password)).outcome).toBe('weak-password');
    await isDormant(person);
    expect((await world.activation.claim(token, PASSWORD)).outcome).toBe('claimed');
  });

  it.each(['a letter printed anew', 'a lock', 'a closed account', 'a freeze', 'closed sessions'])(
    'sets nothing after %s between the proofs and the password',
    async (what) => {
      const { person, code, word } = await world.pupilWithProofs();
      const token = await begun({ code, word });
      await after(what, person);
      expect(await world.activation.claim(token, PASSWORD)).toEqual({ outcome: 'ended' });
      expect((await accountOf(person)).hash).toBeNull();
    },
  );

  it('uses up no try of the window by a right word under a freeze: its end restores those too', async () => {
    const { person, code, word, window } = await world.pupilWithProofs();
    await begin(code, 'faux');
    const id = await order('freeze', person);
    for (let n = 0; n < 6; n += 1) expect((await begin(code, word)).outcome).toBe('refused');
    await begin(code, 'faux');
    const { version } = await world.orders.inForce();
    await endOrder(world.stores.db, BY, { id, reason: 'test' }, world.now());
    await world.orders.upTo(version + 1);
    const { wrong_words: wrong } = await world.stores.db
      .selectFrom('activation_windows')
      .select('wrong_words')
      .where('id', '=', window)
      .executeTakeFirstOrThrow();
    expect(wrong).toBe(2);
    expect((await begin(code, word)).outcome).toBe('begun');
  });

  it('goes on exactly where it was after a freeze has ended', async () => {
    const { person, code, word } = await world.pupilWithProofs();
    const token = await begun({ code, word });
    const id = await order('freeze', person);
    expect(await world.activation.claim(token, PASSWORD)).toEqual({ outcome: 'ended' });
    const { version } = await world.orders.inForce();
    await endOrder(world.stores.db, BY, { id, reason: 'test' }, world.now());
    await world.orders.upTo(version + 1);
    expect((await world.activation.claim(token, PASSWORD)).outcome).toBe('claimed');
  });

  it('sets nothing without a token, with a made-up one, or half an hour later', async () => {
    const { person, code, word } = await world.pupilWithProofs();
    const token = await begun({ code, word });
    for (const wrong of [undefined, '', 'x', `${token}x`, token.slice(0, -1)]) {
      expect(await world.activation.claim(wrong, PASSWORD)).toEqual({ outcome: 'ended' });
    }
    world.wait(31 * MINUTE);
    expect(await world.activation.claim(token, PASSWORD)).toEqual({ outcome: 'ended' });
    await isDormant(person);
  });
});

describe('the second factor and the end', () => {
  async function claimed(): Promise<{ person: number; token: string }> {
    const { person, code, word } = await world.pupilWithProofs();
    const token = await begun({ code, word });
    await world.activation.claim(token, PASSWORD);
    return { person, token };
  }

  async function offer(token: string) {
    const visit = await world.activation.findVisit(token, ['claimed']);
    if (!visit) throw new Error('no visit');
    return offerTotp(world.keyRing, visit, world.now());
  }

  it('enrols the application that shows the right code, once', async () => {
    const { person, token } = await claimed();
    const { secret, ticket } = await offer(token);
    expect(toBase32(secret)).toMatch(/^[A-Z2-7]{32}$/);
    const otp = otpOf(secret, world.now());
    const wrong = otp === '000000' ? '000001' : '000000';
    expect(await world.activation.enrolFactor(token, { ticket, otp: wrong })).toEqual({
      outcome: 'wrong-code',
    });
    expect(await world.activation.enrolFactor(token, { ticket, otp })).toEqual({ outcome: 'enrolled' });
    expect(await world.activation.enrolFactor(token, { ticket, otp })).toEqual({ outcome: 'ended' });
    const factors = await world.stores.db
      .selectFrom('totp_factors')
      .select('person')
      .where('person', '=', person)
      .execute();
    expect(factors).toHaveLength(1);
  });

  it('does not replace nor go without a factor that was enrolled elsewhere meanwhile', async () => {
    const { person, token } = await claimed();
    const { secret, ticket } = await offer(token);
    const stranger = generateTotpSecret();
    const visit = await world.activation.findVisit(token, ['claimed']);
    if (!visit) throw new Error('no visit');
    const at = world.now();
    const elsewhere = {
      ...{ secret: stranger, typed: otpOf(stranger, at), sealer: visit.sealer },
      ...{ epoch: visit.ceremony.epoch, generation: visit.ceremony.generation, at },
    };
    await world.stores.db.transaction().execute((tx) => enrolTotp(tx, { kind: 'person', person }, elsewhere));
    const given = { ticket, otp: otpOf(secret, at) };
    expect(await world.activation.enrolFactor(token, given)).toEqual({ outcome: 'ended' });
    expect(await world.activation.finish(token)).toEqual({ outcome: 'ended' });
  });

  it('opens no ticket of another ceremony', async () => {
    const [mine, other] = [await claimed(), await claimed()];
    const { secret, ticket } = await offer(other.token);
    const given = { ticket, otp: otpOf(secret, world.now()) };
    expect(await world.activation.enrolFactor(mine.token, given)).toEqual({ outcome: 'wrong-code' });
  });

  it('draws recovery codes after the factor alone; each set is the end of the one before', async () => {
    const { person, token } = await claimed();
    expect(await world.activation.drawRecoveryCodes(token)).toEqual({ outcome: 'ended' });
    const { secret, ticket } = await offer(token);
    await world.activation.enrolFactor(token, { ticket, otp: otpOf(secret, world.now()) });
    const first = await world.activation.drawRecoveryCodes(token);
    const second = await world.activation.drawRecoveryCodes(token);
    if (first.outcome !== 'drawn' || second.outcome !== 'drawn') throw new Error('not drawn');
    expect(new Set([...first.codes, ...second.codes]).size).toBe(20);
    const kept = await world.stores.db
      .selectFrom('recovery_codes')
      .select('digest')
      .where('person', '=', person)
      .execute();
    expect(kept).toHaveLength(10);
  });

  it('lets a pupil in without a telephone, and once only', async () => {
    const { person, token } = await claimed();
    const finished = await world.activation.finish(token);
    expect(finished).toMatchObject({
      outcome: 'finished',
      signIn: {
        person,
        acr: 'urn:preau:acr:one',
        amr: ['pwd'],
        limits: { kind: 'shared-device', idleSeconds: 1200 },
      },
    });
    expect(await world.activation.finish(token)).toEqual({ outcome: 'ended' });
  });

  it('counts two factors where the application was enrolled', async () => {
    const { token } = await claimed();
    const { secret, ticket } = await offer(token);
    await world.activation.enrolFactor(token, { ticket, otp: otpOf(secret, world.now()) });
    expect(await world.activation.finish(token)).toMatchObject({
      signIn: { acr: 'urn:preau:acr:two', amr: ['pwd', 'otp'] },
    });
  });

  it('lets nobody of the staff in without a second factor', async () => {
    const { person, token } = await claimed();
    const at = world.now();
    await world.stores.db
      .insertInto('memberships')
      .values({
        person,
        uai: '0750001A',
        school_year: 2026,
        class_id: null,
        profile: 'staff',
        function: 'DIR',
        from_at: at,
        until_at: null,
      })
      .execute();
    expect(await world.activation.finish(token)).toEqual({ outcome: 'factor-required' });
  });

  it('lets nobody in without one who is in no roster: an officer', async () => {
    const { person, token } = await claimed();
    await world.stores.db
      .updateTable('memberships')
      .set({ until_at: world.now() })
      .where('person', '=', person)
      .execute();
    expect(await world.activation.finish(token)).toEqual({ outcome: 'factor-required' });
  });

  it('lets nobody in over a lock or an order that came meanwhile', async () => {
    for (const what of ['a lock', 'a freeze', 'closed sessions']) {
      const { person, token } = await claimed();
      await after(what, person);
      expect(await world.activation.finish(token)).toEqual({ outcome: 'ended' });
    }
  });
});
