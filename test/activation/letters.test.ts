import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lockAccount } from '../../src/accounts/locks.ts';
import { fieldsOf } from '../../src/ledger/fields.ts';
import { activationWorld, BY, UAI, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await activationWorld();
});
afterAll(() => world.close());

const lettersOf = (person: number) =>
  world.stores.db
    .selectFrom('letters')
    .selectAll()
    .where('person', '=', person)
    .orderBy('printed_at')
    .execute();

describe('letters', () => {
  it('gives each dormant pupil of the class a letter, in the order of their names', async () => {
    const persons = await world.people({ count: 3, className: '5A' });
    const letters = await world.letters('5A');
    expect(letters.map(({ person }) => person)).toEqual(persons);
    expect(letters[0]).toMatchObject({
      name: 'Lina0 Martin0000',
      batch: { className: '5A', school: 'Collège des Œillets' },
    });
    expect(letters.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(letters[0]?.batch.names).toEqual(letters.map(({ name }) => name));
    expect(new Set(letters.map(({ code }) => code)).size).toBe(3);
    for (const { code } of letters) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{16}$/);
  });

  it('keeps a digest, a state and a stamp, and a date of end', async () => {
    const [person = 0] = await world.people({ className: '5B' });
    await world.print('5B');
    const [letter] = await lettersOf(person);
    expect(letter).toMatchObject({ state: 'printed', epoch: 0, generation: 1 });
    expect(letter?.code_digest).toHaveLength(32);
    expect((letter?.expires_at.getTime() ?? 0) - (letter?.printed_at.getTime() ?? 0)).toBe(14 * 86_400_000);
  });

  it('voids the former letter when it prints again, and says so in the audit', async () => {
    const [person = 0] = await world.people({ className: '5C' });
    const first = await world.print('5C');
    const second = await world.print('5C');
    expect(second.get(person)).not.toBe(first.get(person));
    expect((await lettersOf(person)).map(({ state }) => state)).toEqual(['void', 'printed']);
    const names = (await world.events(person)).map(({ name }) => name);
    expect(names).toEqual(['letter.printed', 'letter.voided', 'letter.printed']);
  });

  it('writes one line of the ledger per person, with what stands on the paper', async () => {
    const [person = 0] = await world.people({ className: '5D' });
    await world.print('5D');
    const rows = await world.stores.db
      .selectFrom('disclosures as d')
      .innerJoin('disclosure_contexts as c', 'c.id', 'd.context')
      .select(['d.fields', 'c.recipient', 'c.details'])
      .where('d.person', '=', person)
      .execute();
    expect(rows).toHaveLength(1);
    expect(fieldsOf(rows[0]?.fields ?? 0)).toEqual([
      'given_name',
      'family_name',
      'establishments',
      'activation_code',
    ]);
    expect(rows[0]?.recipient).toBe('operator');
  });

  it('prints nothing for who is locked, claimed, or has no ceremony', async () => {
    const [locked = 0] = await world.people({ className: '5E' });
    await world.people({ className: '5E', profile: 'teacher' });
    await world.stores.db
      .transaction()
      .execute((tx) => lockAccount(tx, BY, { person: locked, reason: 'test', at: world.now() }));
    expect(await world.letters('5E')).toEqual([]);
  });

  it('gives somebody in two classes one letter', async () => {
    const [person = 0] = await world.people({ className: '4A' });
    await world.people({ className: '4B' });
    const membership = await world.stores.db
      .selectFrom('memberships')
      .selectAll()
      .where('person', '=', person)
      .executeTakeFirstOrThrow();
    const { id } = await world.stores.db
      .selectFrom('classes')
      .select('id')
      .where('code', '=', '4B')
      .executeTakeFirstOrThrow();
    const { id: _, ...same } = membership;
    await world.stores.db
      .insertInto('memberships')
      .values({ ...same, class_id: id })
      .execute();
    const mine = (await world.letters()).filter((letter) => letter.person === person);
    expect(mine).toHaveLength(1);
    expect((await lettersOf(person)).filter(({ state }) => state === 'printed')).toHaveLength(1);
  });

  it('leaves one live letter where two print the same class at once', async () => {
    const [person = 0] = await world.people({ className: '4C' });
    await Promise.all(Array.from({ length: 6 }, () => world.print('4C')));
    const states = (await lettersOf(person)).map(({ state }) => state);
    expect(states.filter((state) => state === 'printed')).toHaveLength(1);
    expect(states).toHaveLength(6);
  });

  it('refuses a school, a class and a pile that do not exist', async () => {
    const print = (uai: string, className?: string) =>
      world.activation.printLetters({ uai, className, by: BY });
    expect((await print('0999999Z')).outcome).toBe('unknown-school');
    expect((await print(UAI, 'none')).outcome).toBe('unknown-class');
  });
});
