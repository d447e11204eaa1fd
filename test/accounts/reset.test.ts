import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lockAccount } from '../../src/accounts/locks.ts';
import { resetAccount } from '../../src/accounts/reset-account.ts';
import { countLocks } from '../../src/accounts/store.ts';
import { activationWorld, BY, type World } from '../activation/world.ts';

const PASSWORD = 'sept-chevaux-bleus-1789';

let world: World;
beforeAll(async () => {
  world = await activationWorld({ hash: async () => 'a hash' });
});
afterAll(() => world.close());

const reset = (person: number) =>
  world.stores.db
    .transaction()
    .execute((tx) => resetAccount(tx, BY, { person, reason: 'password lost', at: world.now() }));

async function claim({ code, word }: { code: string; word: string }): Promise<string> {
  const begun = await world.activation.begin(world.activation.classWindow, { code, proof: word });
  if (begun.outcome !== 'begun') return begun.outcome;
  const claimed = await world.activation.claim(begun.token, PASSWORD);
  return claimed.outcome === 'claimed' ? claimed.username : claimed.outcome;
}

const rowsOf = (table: 'passwords' | 'totp_factors' | 'recovery_codes', person: number) =>
  world.stores.db.selectFrom(table).select('person').where('person', '=', person).execute();

const stateOf = (person: number) =>
  world.stores.db
    .selectFrom('account_states')
    .select('state')
    .where('person', '=', person)
    .where('until_at', 'is', null)
    .executeTakeFirst();

describe('a reset', () => {
  it('leaves a dormant account with nothing in it, told in the audit', async () => {
    const pupil = await world.pupilWithProofs();
    await claim(pupil);
    expect(await reset(pupil.person)).toMatchObject({ outcome: 'reset' });
    expect(await stateOf(pupil.person)).toEqual({ state: 'dormant' });
    for (const table of ['passwords', 'totp_factors', 'recovery_codes'] as const)
      expect(await rowsOf(table, pupil.person)).toEqual([]);
    expect((await world.events(pupil.person)).at(-1)).toMatchObject({ name: 'account.reset' });
  });

  it('is claimed anew by two new proofs alone, under the same username', async () => {
    const className = 'RESET';
    const [person = 0] = await world.people({ className });
    const first = (await world.print(className)).get(person) ?? '';
    const username = await claim({ code: first, word: (await world.open(className)).word });
    await reset(person);
    const { word } = await world.open(className);
    expect(await claim({ code: first, word })).not.toBe(username);
    const second = (await world.print(className)).get(person) ?? '';
    expect(await claim({ code: second, word })).toBe(username);
  });

  it('kills what is half open: a ceremony begun before it sets no password', async () => {
    const pupil = await world.pupilWithProofs();
    await claim(pupil);
    await reset(pupil.person);
    const { person } = pupil;
    const { className } = await classOf(person);
    const code = (await world.print(className)).get(person) ?? '';
    const { word } = await world.open(className);
    const begun = await world.activation.begin(world.activation.classWindow, { code, proof: word });
    const token = begun.outcome === 'begun' ? begun.token : '';
    expect(await reset(person)).toEqual({ outcome: 'not-active' });
    await world.stores.db
      .transaction()
      .execute((tx) => lockAccount(tx, BY, { person, reason: 'test', at: world.now() }));
    expect((await world.activation.claim(token, PASSWORD)).outcome).toBe('ended');
  });

  it('lifts no lock', async () => {
    const pupil = await world.pupilWithProofs();
    const { person } = pupil;
    await claim(pupil);
    await world.stores.db
      .transaction()
      .execute((tx) => lockAccount(tx, BY, { person, reason: 'test', at: world.now() }));
    await reset(person);
    expect(await countLocks(world.stores.db, person, world.now())).toBe(1);
  });

  it('happens once, of ten at the same moment', async () => {
    const pupil = await world.pupilWithProofs();
    await claim(pupil);
    const all = await Promise.all(Array.from({ length: 10 }, () => reset(pupil.person)));
    expect(all.filter(({ outcome }) => outcome === 'reset')).toHaveLength(1);
  });
});

async function classOf(person: number): Promise<{ className: string }> {
  return world.stores.db
    .selectFrom('memberships as m')
    .innerJoin('classes as c', 'c.id', 'm.class_id')
    .select('c.code as className')
    .where('m.person', '=', person)
    .executeTakeFirstOrThrow();
}
