import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lockAccount } from '../../src/accounts/locks.ts';
import { textOfLetter } from '../../src/activation/letters/letter-text.ts';
import type { PrintedLetter } from '../../src/activation/letters/printed-letter.ts';
import { openContacts } from '../../src/directory/contacts.ts';
import { sealersOf } from '../../src/directory/fields.ts';
import { LOCALES_FOLDER, loadWords } from '../../src/http/translate.ts';
import { fieldsOf } from '../../src/ledger/fields.ts';
import { asSuperuser } from '../support/stores.ts';
import { anAdult, ask, parentOf, withLetter } from './people.ts';
import { activationWorld, BY, DAY, UAI, type World } from './world.ts';

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

describe('a letter printed alone', () => {
  it('voids the former at once, works a day later, and those around its person are told', async () => {
    const { person, code: former, className } = await withLetter(world);
    const parent = await parentOf(world, person);
    const head = await anAdult(world, { job: 'DIR' });
    const at = new Date(world.now().getTime() - DAY);
    const contacts = await world.stores.db.transaction().execute(async (tx) => {
      const sealers = await sealersOf(tx, world.keyRing, [parent, head]);
      const [one, other] = [sealers.get(parent), sealers.get(head)];
      if (!one || !other) throw new Error('nobody');
      const held = [
        { sealer: one, uai: UAI, kind: 'phone' as const, value: '+33612345678' },
        { sealer: other, uai: UAI, kind: 'mail' as const, value: 'chef@ecole.example' },
      ];
      return openContacts(tx, held, { digests: world.digests, at });
    });
    const printed = await world.activation.reprintLetter({ uai: UAI, person, by: BY });
    if (printed.outcome !== 'printed') throw new Error(printed.outcome);
    const [letter] = printed.letters;
    const { word } = await world.open(className);
    const begin = (code: string) =>
      world.activation.begin(world.activation.classWindow, { code, proof: word });
    expect((await begin(former)).outcome).toBe('refused');
    expect((await begin(letter?.code ?? '')).outcome).toBe('refused');
    await ask(world, 'guardian-vouch', letter?.code ?? '');
    await ask(world, 'desk', former);
    // A code whose time is still to come is no void one: nobody is alarmed by who could not wait.
    const refused = (await world.events(person)).filter(({ name }) => name === 'activation.refused');
    expect(refused.map(({ details }) => details.because)).toEqual([
      ...['void-letter', 'early-letter'],
      ...['early-letter', 'void-letter'],
    ]);
    const jobs = await asSuperuser(
      `select payload from graphile_worker._private_jobs order by id desc limit 2`,
      (await world.stores.pool.query<{ name: string }>('select current_database() as name')).rows[0]?.name,
    );
    const told = (jobs.rows as { payload: { contact: number } }[]).map(({ payload }) => payload.contact);
    expect(told.sort()).toEqual(contacts.map(({ id }) => id).sort());
    world.wait(DAY + 60_000);
    const later = await world.open(className);
    const again = { code: letter?.code ?? '', proof: later.word };
    expect((await world.activation.begin(world.activation.classWindow, again)).outcome).toBe('begun');
  });

  it('is for somebody of this school who is dormant', async () => {
    const claimed = await anAdult(world);
    const { outcome } = await world.activation.reprintLetter({ uai: UAI, person: claimed, by: BY });
    expect(outcome).toBe('nobody');
    expect((await world.activation.reprintLetter({ uai: '0999999Z', person: claimed, by: BY })).outcome).toBe(
      'not-here',
    );
  });
});

describe('letters of grown-ups', () => {
  it('lie in a pile of the school, and say how theirs are used', async () => {
    const [guardian = 0] = await world.people({ profile: 'guardian' });
    const printing = await world.activation.printLetters({ uai: UAI, profile: 'guardian', by: BY });
    if (printing.outcome !== 'printing') throw new Error(printing.outcome);
    const letters: PrintedLetter[] = [];
    for await (const letter of printing.letters) letters.push(letter);
    const mine = letters.find(({ person }) => person === guardian);
    expect(mine?.batch).toMatchObject({ className: undefined, ceremonies: ['split-letter', 'desk'] });
    const t = loadWords({ folder: LOCALES_FOLDER, strict: true, onMissing: () => {} }).translator('fr');
    const text = mine && textOfLetter(t, 'https://id.example', mine);
    expect(text?.steps.join(' ')).toContain('M’envoyer le second code');
    expect(text?.steps.join(' ')).not.toContain('tableau');
  });
});
