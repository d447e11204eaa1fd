import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lockAccount } from '../../src/accounts/locks.ts';
import { resetAccount } from '../../src/accounts/reset/reset-account.ts';
import { createResetTasks } from '../../src/accounts/reset/reset-notices.ts';
import { countLocks } from '../../src/accounts/store.ts';
import { type NewContact, openContacts } from '../../src/directory/contacts.ts';
import { sealersOf } from '../../src/directory/fields.ts';
import { LOCALES_FOLDER, loadWords } from '../../src/http/translate.ts';
import { createQueue } from '../../src/storage/queue.ts';
import { activationWorld, BY, UAI, type World } from '../activation/world.ts';

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

  it('is told to the person and to guardians with legal responsibility, in messages that open nothing', async () => {
    const pupil = await world.pupilWithProofs();
    const [guardian = 0, contact = 0] = await world.people({ count: 2, profile: 'guardian' });
    const { db } = world.stores;
    const row = { child: pupil.person, relation: null, from_at: world.now(), until_at: null };
    await db
      .insertInto('guardianships')
      .values([
        { ...row, guardian, rank: 1 },
        { ...row, guardian: contact, rank: 0 },
      ])
      .execute();
    const sealers = await sealersOf(db, world.keyRing, [guardian, contact]);
    const reached = [
      ...[...sealers.values()].map((sealer) => ({
        sealer,
        kind: 'mail',
        value: `g${sealer.person}@example.org`,
      })),
      { sealer: sealers.get(guardian), kind: 'phone', value: '+33600000001' },
    ] as NewContact[];
    const given = { digests: world.digests, at: world.now() };
    await db.transaction().execute((tx) =>
      openContacts(
        tx,
        reached.map((one) => ({ ...one, uai: UAI })),
        given,
      ),
    );
    await claim(pupil);
    await reset(pupil.person);
    const sent: { to: string; text: string }[] = [];
    const post = {
      sendMail: async (mail: { to: string; text: string }) => void sent.push(mail),
      sendSms: async (sms: { to: string; text: string }) => void sent.push(sms),
    };
    const words = loadWords({ folder: LOCALES_FOLDER, strict: true, onMissing: () => {} });
    const tasks = createResetTasks({ db, keyRing: world.keyRing, post, words });
    const queue = createQueue({ pool: world.stores.pool, tasks, log: { warn() {} } as never });
    await queue.drain();
    expect(sent.map(({ to }) => to).sort()).toEqual(['+33600000001', `g${guardian}@example.org`]);
    for (const { text } of sent) {
      expect(text).toContain('remis à zéro');
      expect(text).not.toMatch(/https?:|Lina|Martin/);
    }
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
