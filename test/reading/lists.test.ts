import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Context, Input, Result } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/reads.ts';
import { getPersonIds } from '../../src/directory/persons.ts';
import { openBudget } from '../../src/reading/open-budget.ts';
import { defaultSettings } from '../activation/parts.ts';
import { AT } from '../sessions/people.ts';
import { type Reader, readingWorld, UAI, type World } from './world.ts';

const OTHER = '0750002B';

let world: World;
beforeAll(async () => {
  world = await readingWorld();
});
afterAll(() => world.close());

async function run(name: string, options: Record<string, string> = {}): Promise<Result> {
  const command = commands.find((one) => one.name === name);
  if (!command) throw new Error(`no command ${name}`);
  const { db, digests } = world.finding;
  const config = { reading: defaultSettings().reading };
  const context = { config, parts: async () => ({ db, digests, config }), now: world.now };
  const input = { operands: [], text: (option: string) => options[option] };
  return command.run(context as unknown as Context, input as unknown as Input);
}

interface Listed {
  reads: { trace: string; person: string; reader: string; fields: string[] }[];
  next: string | null;
}
async function list(options: Record<string, string>): Promise<Listed> {
  const result = await run('reads list', options);
  if (result.outcome !== 'done') throw new Error(result.message);
  return result.json as Listed;
}

const idOf = async (person: number) => (await getPersonIds(world.stores.db, person)).id;

describe('preau reads list', () => {
  it('says who was read by whom, which fields, when, under which right, with trace numbers, in pages', async () => {
    const reader = await world.reader();
    const people = await world.named(['Un Lu', 'Deux Lu', 'Trois Lu']);
    await world.reading.read(reader.asks(people, { details: { list: 'class' } }));
    const by = await idOf(reader.person);
    const first = await list({ by, limit: '2' });
    expect(first.reads[0]).toEqual({
      ...{ trace: expect.stringMatching(/^\d+-1$/), at: AT, kind: 'staff-read' },
      ...{ person: await idOf(people[0] ?? 0), reader: by, role: 'head', right: reader.asks([]).right.id },
      ...{ school: UAI, academie: null, fields: ['name', 'account_state'] },
      ...{ session: reader.session.toString('hex'), address: '192.0.2.0/24' },
      details: { list: 'class', role: 'head' },
    });
    expect(first.next).toBe(first.reads[1]?.trace);
    const second = await list({ by, limit: '2', after: first.next ?? '' });
    expect([...first.reads, ...second.reads].map(({ person }) => person)).toEqual(
      await Promise.all(people.map(idOf)),
    );
    expect(second.next).toBeNull();
  });

  it('answers for a person, for a school and for a time', async () => {
    const reader = await world.reader('national-officer');
    const [here = 0] = await world.named(['Ici Lu']);
    const [there = 0] = await world.named(['Ailleurs Lu'], { uai: OTHER });
    await world.reading.read(reader.asks([here, there]));
    const by = await idOf(reader.person);
    const persons = async (options: Record<string, string>) =>
      (await list({ by, ...options })).reads.map(({ person }) => person);
    expect(await persons({ person: await idOf(there) })).toEqual([await idOf(there)]);
    expect(await persons({ school: UAI })).toEqual([await idOf(here)]);
    expect(await persons({ from: '2026-10-06' })).toEqual([]);
    expect(await persons({ to: '2026-10-05' })).toEqual([]);
  });

  it('refuses a person who is not there, and what is no number, time or trace', async () => {
    expect(await run('reads list', { by: 'nobody.here12' })).toMatchObject({ outcome: 'refused' });
    for (const wrong of [{ limit: '0' }, { from: 'soon' }, { after: '17' }])
      await expect(run('reads list', wrong)).rejects.toThrow('--');
  });
});

describe('a budget that is spent', () => {
  const open = (reader: Reader, by: Reader, role = 'head') =>
    world.stores.db.transaction().execute((tx) =>
      openBudget(tx, {
        ...{ reader: reader.person, role, by: by.person, right: by.asks([]).right.id },
        ...{ reason: 'rentrée', at: world.now() },
      }),
    );

  async function spend(reader: Reader): Promise<void> {
    const some = await world.people(30);
    for (let time = 0; time < 10; time += 1) {
      await world.reading.read(reader.asks(some));
      world.wait(90_000);
    }
    expect((await world.reading.read(reader.asks(some))).outcome).toBe('exhausted');
  }

  it('is opened once for the day, as much again, by somebody who is not linked to the reader', async () => {
    const [reader, officer] = [await world.reader(), await world.reader('academie-officer')];
    expect(await open(reader, officer)).toEqual({ outcome: 'not-spent' });
    await spend(reader);
    expect(await open(reader, reader)).toEqual({ outcome: 'linked' });
    const all = await Promise.all(Array.from({ length: 5 }, () => open(reader, officer)));
    expect(all.map(({ outcome }) => outcome).sort()).toEqual([...Array(4).fill('not-spent'), 'opened']);
    const read = await world.reading.read(reader.asks(await world.people(1)));
    expect(read).toMatchObject({
      budget: { hour: { limit: 600 }, openedUntil: new Date('2026-10-05T22:00:00Z') },
    });
    const told = await world.stores.db
      .selectFrom('audit_events')
      .select(['name', 'reason', 'actor'])
      .where('subject', '=', reader.person)
      .where('name', '=', 'reading.budget-opened')
      .execute();
    expect(told).toEqual([
      { name: 'reading.budget-opened', reason: 'rentrée', actor: { kind: 'person', person: officer.person } },
    ]);
  });

  it('is not opened by who gave the reader their right', async () => {
    const [reader, officer] = [await world.reader('distributor'), await world.reader('academie-officer')];
    await world.stores.db
      .insertInto('right_givers')
      .values({ right_id: reader.asks([]).right.id, person: officer.person })
      .execute();
    expect(await open(reader, officer, 'distributor')).toEqual({ outcome: 'linked' });
  });

  it('stands in preau reads budgets, in numbers', async () => {
    const result = await run('reads budgets');
    const listed = (result.outcome === 'done' ? result.json : []) as object[];
    expect(listed).toContainEqual(
      expect.objectContaining({ role: 'head', school: UAI, exhausted_at: expect.any(Date) }),
    );
    expect(JSON.stringify(result)).not.toContain('Renard');
  });
});
