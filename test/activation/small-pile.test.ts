import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openContacts } from '../../src/directory/contacts.ts';
import { sealersOf } from '../../src/directory/fields.ts';
import { asSuperuser } from '../support/stores.ts';
import { activate, actorOf, anAdult, parentOf } from './people.ts';
import { activationWorld, BY, DAY, UAI, type World } from './world.ts';

let world: World;
let classes = 0;
let head = 0;
beforeAll(async () => {
  world = await activationWorld();
  head = await anAdult(world, { job: 'DIR' });
});
afterAll(() => world.close());

async function aClass(count: number): Promise<{ className: string; persons: number[] }> {
  classes += 1;
  const className = `P${classes}`;
  return { className, persons: await world.people({ count, className }) };
}

/** As the head of the school prints it: when its letters begin to work, if not at once. */
async function print(className: string, by = actorOf(head)) {
  const letters = await world.letters(className, by);
  const [first] = letters;
  const starts = new Set(letters.map(({ batch }) => batch.validFrom));
  return { letters, batch: first?.batch.id ?? '', starts: [...starts] };
}

async function aContact(person: number, value: string): Promise<number> {
  const at = new Date(world.now().getTime() - DAY);
  return world.stores.db.transaction().execute(async (tx) => {
    const sealer = (await sealersOf(tx, world.keyRing, [person])).get(person);
    if (!sealer) throw new Error('nobody');
    const kind = value.startsWith('+') ? ('phone' as const) : ('mail' as const);
    const [opened] = await openContacts(tx, [{ sealer, uai: UAI, kind, value }], { ...world, at });
    return opened?.id ?? 0;
  });
}

async function toldOf(batch: string): Promise<number[]> {
  const database = await world.stores.pool.query<{ name: string }>('select current_database() as name');
  const { rows } = await asSuperuser(
    'select payload from graphile_worker._private_jobs',
    database.rows[0]?.name,
  );
  return (rows as { payload: { batch?: string; contact: number } }[])
    .filter(({ payload }) => payload.batch === batch)
    .map(({ payload }) => payload.contact)
    .sort((one, other) => one - other);
}

describe('a small pile of the staff', () => {
  it('works at once where it replaces nothing', async () => {
    const { className } = await aClass(2);
    const { starts, batch } = await print(className);
    expect([starts, await toldOf(batch)]).toEqual([[undefined], []]);
  });

  it('waits a day where it replaces a letter, even one, and is told to each once', async () => {
    const { className, persons } = await aClass(3);
    const [one = 0, other = 0] = persons;
    const parent = await parentOf(world, one);
    await world.stores.db
      .insertInto('guardianships')
      .values({ guardian: parent, child: other, rank: 1, relation: null, from_at: new Date(0) } as never)
      .execute();
    const second = await anAdult(world, { job: 'DIR' });
    const contacts = [
      await aContact(parent, '+33612345678'),
      await aContact(second, 'adjoint@ecole.example'),
    ];
    await aContact(head, 'chef@ecole.example');
    // The school of another child says the same.
    await aContact(parent, '+33612345678');
    await print(className);
    const { starts, letters, batch } = await print(className);
    expect(starts.map((start) => start && start.getTime() > world.now().getTime() + DAY - 60_000)).toEqual([
      true,
    ]);
    expect(await toldOf(batch)).toEqual(contacts);
    const code = letters[0]?.code ?? '';
    const begin = async () => {
      const { word } = await world.open(className);
      return (await world.activation.begin(world.activation.classWindow, { code, proof: word })).outcome;
    };
    expect(await begin()).toBe('refused');
    world.wait(DAY + 60_000);
    expect(await begin()).toBe('begun');
  });

  it('is told to the académie where the only one who leads the school printed it', async () => {
    const { db } = world.stores;
    await db.updateTable('memberships').set({ function: null }).where('person', '!=', head).execute();
    const officer = await anAdult(world, { profile: 'guardian' });
    const contact = await aContact(officer, 'service@academie.example');
    await db
      .insertInto('rights')
      .values({
        ...{ person: officer, role: 'academie-officer', scope_kind: 'academie', academie: 'Paris' },
        ...{ origin: 'appointed', granted_by: '{}', from_at: new Date(0) },
        until_at: new Date(world.now().getTime() + DAY),
      } as never)
      .execute();
    const { className } = await aClass(1);
    await print(className);
    expect(await toldOf((await print(className)).batch)).toEqual([contact]);
    const deputy = await anAdult(world, { job: 'DIR' });
    const other = await aContact(deputy, 'adjointe@ecole.example');
    expect(await toldOf((await print(className)).batch)).toEqual([other]);
  });

  it('is what is drawn, not how large the class is: the last one of thirty waits', async () => {
    const { className, persons } = await aClass(6);
    await print(className);
    for (const person of persons.slice(2)) await activate(world, person);
    expect((await print(className)).starts).toEqual([expect.any(Date)]);
  });

  it('waits too where the letters were handed over, and again where they were waiting', async () => {
    const { className } = await aClass(1);
    const { batch } = await print(className);
    await world.activation.handOver({ batch, which: { take: 'all' }, by: BY });
    expect((await print(className)).starts).toEqual([expect.any(Date)]);
    expect((await print(className)).starts).toEqual([expect.any(Date)]);
  });

  it('replaces nothing where time had ended the letters', async () => {
    const { className } = await aClass(1);
    await print(className);
    world.wait(15 * DAY);
    expect((await print(className)).starts).toEqual([undefined]);
  });

  it('of five is loud enough, and an operator stands outside the school', async () => {
    const five = await aClass(5);
    await print(five.className);
    expect((await print(five.className)).starts).toEqual([undefined]);
    const one = await aClass(1);
    await print(one.className);
    expect((await print(one.className, BY)).starts).toEqual([undefined]);
  });
});
