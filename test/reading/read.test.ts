import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { endSession } from '../../src/sessions/end-session.ts';
import { Unavailable } from '../../src/storage/unavailable.ts';
import { AT, TEST } from '../sessions/people.ts';
import { asSuperuser } from '../support/stores.ts';
import { MINUTE, type Reader, readingWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await readingWorld();
});
afterAll(() => world.close());

const outcomes = async (reader: Reader, sizes: number[]) => {
  const all: string[] = [];
  for (const size of sizes) {
    const people = await world.people(size);
    all.push((await world.reading.read(reader.asks(people))).outcome);
  }
  return all;
};

describe('reading', () => {
  it('writes a line per person before anything is opened: fields, right, reader, session, truncated address', async () => {
    const reader = await world.reader();
    const people = await world.people(3);
    const asked = reader.asks(people, { details: { list: 'class' } });
    const read = await world.reading.read(asked);
    expect(read).toMatchObject({
      outcome: 'read',
      budget: { hour: { spent: 3, limit: 300 }, stage: 'calm' },
    });
    for (const person of people)
      expect(await world.linesOf(person)).toEqual([
        expect.objectContaining({
          ...{ kind: 'staff-read', fields: ['name', 'account_state'], recipient: 'staff' },
          ...{ reader: reader.person, rightId: asked.right.id, sessionDigest: reader.session },
          ...{ address: '192.0.2.0/24', details: { list: 'class', role: 'head' }, at: AT },
        }),
      ]);
  });

  it('reads and charges nothing where the ledger cannot be written', async () => {
    const reader = await world.reader();
    const people = await world.people(2);
    const database = String(world.stores.connectionOf('preau_app').database);
    const before = await world.lines();
    await asSuperuser('revoke insert on preau.disclosures from preau_app', database);
    try {
      await expect(world.reading.read(reader.asks(people))).rejects.toBeInstanceOf(Unavailable);
    } finally {
      await asSuperuser('grant insert on preau.disclosures to preau_app', database);
    }
    expect(await world.lines()).toBe(before);
    const read = await world.reading.read(reader.asks(people));
    expect(read).toMatchObject({ outcome: 'read', budget: { hour: { spent: 2 }, day: { spent: 2 } } });
  });

  it('counts a person again for each read, and a search that finds nobody for one', async () => {
    const reader = await world.reader();
    const [one = 0] = await world.people(1);
    await world.reading.read(reader.asks([one]));
    await world.reading.read(reader.asks([one, one]));
    const before = await world.lines();
    const search = await world.reading.read(reader.asks([]));
    expect(search).toMatchObject({ outcome: 'read', budget: { day: { spent: 3 } } });
    expect(await world.lines()).toBe(before);
    expect(await world.linesOf(one)).toHaveLength(2);
  });

  it('reads a list that refreshes itself once per person and session, however many refresh at once', async () => {
    const reader = await world.reader();
    const people = await world.people(4);
    const again = () => world.reading.read(reader.asks(people, { once: 'window 1' }));
    const all = await Promise.all(Array.from({ length: 10 }, again));
    expect(all.map(({ outcome }) => outcome)).toEqual(Array(10).fill('read'));
    expect(await again()).toMatchObject({ budget: { day: { spent: 4 } } });
    for (const person of people) expect(await world.linesOf(person)).toHaveLength(1);
    const more = reader.asks(people.slice(0, 1), { once: 'window 1', fields: ['name', 'locks'] });
    expect(await world.reading.read(more)).toMatchObject({ budget: { day: { spent: 5 } } });
  });

  it('charges a page once per session where it is looked at again, and each look has its lines', async () => {
    const reader = await world.reader();
    const people = await world.people(2);
    const again = (address: string) =>
      world.reading.read(reader.asks(people, { chargedOnce: 'rights 1', address }));
    await again('192.0.2.1');
    world.wait(60 * MINUTE);
    expect(await again('198.51.100.1')).toMatchObject({ outcome: 'read', budget: { day: { spent: 2 } } });
    world.setTime(AT);
    for (const person of people)
      expect((await world.linesOf(person)).map(({ address }) => address).sort()).toEqual([
        '192.0.2.0/24',
        '198.51.100.0/24',
      ]);
  });

  it('writes who else stands on the page, and charges no colleague', async () => {
    const reader = await world.reader();
    const [child = 0, guardian = 0, colleague = 0] = await world.people(3);
    const read = await world.reading.read(
      reader.asks([child], {
        alongside: [
          { persons: [guardian], fields: ['name', 'child_of'], costs: 'a-read' },
          { persons: [colleague], fields: ['name'], costs: 'nothing' },
        ],
      }),
    );
    expect(read).toMatchObject({ budget: { day: { spent: 2 } } });
    expect(await world.linesOf(guardian)).toMatchObject([{ fields: ['name', 'child_of'] }]);
    expect(await world.linesOf(colleague)).toMatchObject([{ fields: ['name'] }]);
  });

  it('reads nothing in a session that ended, and never under a right of somebody else', async () => {
    const reader = await world.reader();
    const other = await world.reader();
    const [one = 0] = await world.people(1);
    const theirs = reader.asks([one], { right: other.asks([]).right });
    await expect(world.reading.read(theirs)).rejects.toThrow('somebody else');
    await endSession(world.stores.db, { uidDigest: reader.session, by: TEST, at: AT, reason: 'test' });
    expect(await world.reading.read(reader.asks([one]))).toEqual({ outcome: 'not-allowed' });
    expect(await world.linesOf(one)).toEqual([]);
  });
});

describe('a right that was taken away', () => {
  it('reads nothing from that moment on, whatever the page was begun under', async () => {
    const reader = await world.reader('distributor');
    const [one = 0] = await world.people(1);
    expect((await world.reading.read(reader.asks([one]))).outcome).toBe('read');
    const { id } = reader.asks([]).right;
    const row = world.stores.db.selectFrom('rights').select('last_used_at').where('id', '=', id);
    expect(await row.executeTakeFirst()).toEqual({ last_used_at: world.now() });
    await world.stores.db.updateTable('rights').set({ ended_at: AT }).where('id', '=', id).execute();
    expect(await world.reading.read(reader.asks([one]))).toEqual({ outcome: 'not-allowed' });
    expect(await world.linesOf(one)).toHaveLength(1);
  });
});

describe('a reader whom an order stops', () => {
  it('reads nothing from that moment on, and again when it ends', async () => {
    const reader = await world.reader();
    const [one = 0] = await world.people(1);
    for (const measure of ['freeze', 'suspend-rights'] as const) {
      const { rows } = await sql<{ id: string }>`
        insert into orders (measure, kind, scope, reason, ordered_by, starts_at)
        values (${measure}, 'standing', ${JSON.stringify({ person: [reader.person] })}, 'test', '{}', ${AT})
        returning id`.execute(world.stores.db);
      expect(await world.reading.read(reader.asks([one]))).toEqual({ outcome: 'not-allowed' });
      await world.stores.db
        .updateTable('orders')
        .set({ ended_at: AT })
        .where('id', '=', rows[0]?.id ?? '')
        .execute();
      expect((await world.reading.read(reader.asks([one]))).outcome).toBe('read');
    }
    expect(await world.linesOf(one)).toHaveLength(2);
  });
});

describe('a reading budget', () => {
  it('says so at half, slows, then stops, and tells once', async () => {
    const reader = await world.reader('national-officer');
    const first = await world.reading.read(reader.asks(await world.people(24)));
    expect(first).toMatchObject({ budget: { stage: 'calm' } });
    const half = await world.reading.read(reader.asks(await world.people(1)));
    expect(half).toMatchObject({ budget: { stage: 'half', hour: { spent: 25, limit: 50 } } });
    const slow = await world.reading.read(reader.asks(await world.people(15)));
    expect(slow).toMatchObject({ budget: { stage: 'slow', readyAt: new Date(+world.now() + 5000) } });
    expect(await outcomes(reader, [1, 1])).toEqual(['paused', 'paused']);
    world.wait(5000);
    expect(await outcomes(reader, [9, 1])).toEqual(['read', 'paused']);
    world.wait(40_000);
    expect(await outcomes(reader, [1])).toEqual(['paused']);
    world.wait(40_000);
    expect(await outcomes(reader, [2, 1])).toEqual(['exhausted', 'read']);
    expect(await outcomes(reader, [1, 1])).toEqual(['exhausted', 'exhausted']);
    const told = await world.stores.db
      .selectFrom('audit_events')
      .select('details')
      .where('subject', '=', reader.person)
      .where('name', '=', 'reading.budget-exhausted')
      .execute();
    expect(told).toMatchObject([{ details: { role: 'national-officer', hour: { spent: 49, limit: 50 } } }]);
    const alarms = await world.stores.db
      .selectFrom('alarms')
      .select(['rule', 'session_digest as session'])
      .where('person', '=', reader.person)
      .execute();
    expect(alarms).toEqual([{ rule: 'budget-exhausted', session: reader.session }]);
  });

  it('that stops reading again on another day is told of again, be it less than 24 hours later', async () => {
    const reader = await world.reader('national-officer');
    const told = async () => {
      const alarms = world.stores.db.selectFrom('alarms').select('rule').where('person', '=', reader.person);
      return (await alarms.execute()).length;
    };
    world.setTime(new Date('2026-10-05T18:00:00Z'));
    expect(await outcomes(reader, [50, 1, 1])).toEqual(['read', 'exhausted', 'exhausted']);
    expect(await told()).toBe(1);
    world.setTime(new Date('2026-10-06T07:00:00Z'));
    expect(await outcomes(reader, [50, 1, 1])).toEqual(['read', 'exhausted', 'exhausted']);
    expect(await told()).toBe(2);
    world.setTime(AT);
  });

  it('rolls: what was read an hour ago counts for the day alone, and what was read a day ago not at all', async () => {
    world.setTime(AT);
    const reader = await world.reader('national-officer');
    expect(await outcomes(reader, [39])).toEqual(['read']);
    world.wait(60 * MINUTE);
    expect(await outcomes(reader, [39])).toEqual(['exhausted']);
    world.wait(MINUTE);
    expect(await outcomes(reader, [39])).toEqual(['read']);
    world.wait(61 * MINUTE);
    expect(await outcomes(reader, [39])).toEqual(['read']);
    world.wait(61 * MINUTE);
    expect(await outcomes(reader, [39])).toEqual(['exhausted']);
    world.setTime(new Date(AT.getTime() + 24 * 60 * MINUTE + MINUTE));
    expect(await outcomes(reader, [39])).toEqual(['read']);
    world.setTime(AT);
  });

  it('counts twice at night and on a new device, and no more than twice', async () => {
    const spent = async (more: { at?: Date; isNewDevice?: boolean }) => {
      world.setTime(AT);
      const reader = await world.reader();
      if (more.at) world.setTime(more.at);
      const asked = reader.asks(await world.people(3), { isNewDevice: more.isNewDevice ?? false });
      const read = await world.reading.read(asked);
      world.setTime(AT);
      return read.outcome === 'read' && [read.budget.day.spent, read.budget.countsDouble];
    };
    expect(await spent({})).toEqual([3, false]);
    expect(await spent({ isNewDevice: true })).toEqual([6, true]);
    // Summer time until 25 October: 22:00 in Paris is 20:00 UTC.
    expect(await spent({ at: new Date('2026-10-05T19:59:59Z') })).toEqual([3, false]);
    expect(await spent({ at: new Date('2026-10-05T20:00:00Z'), isNewDevice: true })).toEqual([6, true]);
    expect(await spent({ at: new Date('2026-11-26T04:59:00Z') })).toEqual([6, true]);
    expect(await spent({ at: new Date('2026-11-26T05:00:00Z') })).toEqual([3, false]);
  });

  it('cannot be hurried by asking at once: of ten reads after a pause one is made', async () => {
    const reader = await world.reader('national-officer');
    await world.reading.read(reader.asks(await world.people(40)));
    const people = await world.people(10);
    const atOnce = async () => {
      const all = await Promise.all(people.map((person) => world.reading.read(reader.asks([person]))));
      return all.filter(({ outcome }) => outcome === 'read').length;
    };
    expect(await atOnce()).toBe(0);
    world.wait(5000);
    expect(await atOnce()).toBe(1);
    world.wait(5000);
    expect(await atOnce()).toBe(1);
    world.setTime(AT);
  });

  it('lets a search go on to its hits in the pause it began itself, once', async () => {
    const reader = await world.reader('national-officer');
    await world.reading.read(reader.asks(await world.people(40)));
    world.wait(5000);
    const search = await world.reading.read(reader.asks([]));
    const continuing = search.outcome === 'read' ? search.charge : '';
    const [hit = 0] = await world.people(1);
    const hits = () => world.reading.read(reader.asks([hit], { continuing }));
    const all = await Promise.all(Array.from({ length: 10 }, hits));
    expect(all.filter(({ outcome }) => outcome === 'read')).toHaveLength(1);
    expect(await world.linesOf(hit)).toHaveLength(1);
    world.setTime(AT);
  });

  it('is nobody for an auditor', async () => {
    const reader = await world.reader('auditor');
    const [one = 0] = await world.people(1);
    expect(await world.reading.read(reader.asks([one]))).toMatchObject({ outcome: 'exhausted' });
    expect(await world.linesOf(one)).toEqual([]);
  });
});
