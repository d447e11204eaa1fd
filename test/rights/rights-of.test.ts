import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyOrder, type OrderWish } from '../../src/crisis/apply-order.ts';
import { endOrder } from '../../src/crisis/end-order.ts';
import { noteUse, rightFor, rightsOf } from '../../src/rights/rights.ts';
import { BY } from '../roster/world.ts';
import { OTHER_SCHOOL, type RightsWorld, rightsWorld, SCHOOL } from './world.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await rightsWorld();
});
afterAll(() => world.close());

const roles = async (person: number) => (await world.rightsOf(person)).map(({ role }) => role);

describe('rights that the roster gives', () => {
  it('are a head’s over the school and a teacher’s over the classes taught, until 31 August', async () => {
    const [head] = await world.rightsOf(await world.head());
    expect(head).toMatchObject({
      role: 'head',
      scope: { kind: 'establishment', uai: SCHOOL },
      origin: 'roster',
      grantedBy: undefined,
      until: new Date('2027-08-31T22:00:00Z'),
    });
    const [teacher] = await world.rightsOf(await world.teacher(['6B', '5A']));
    expect(teacher).toMatchObject({
      role: 'teacher',
      scope: { kind: 'classes', uai: SCHOOL, classes: ['5A', '6B'] },
    });
    expect(await roles(await world.clerk())).toEqual([]);
    expect(await roles(await world.person({ profile: 'teacher' }))).toEqual([]);
  });

  it('keep their id, however often and however many at once ask', async () => {
    const head = await world.head();
    const asked = await Promise.all(Array.from({ length: 20 }, () => world.rightsOf(head)));
    expect(new Set(asked.map((rights) => rights.map(({ id }) => id).join())).size).toBe(1);
    expect(asked[0]).toHaveLength(1);
  });

  it('end with the import that no longer names the person, and with their school year', async () => {
    const [head, teacher] = [await world.head(), await world.teacher(['6B'])];
    expect(await roles(head)).toEqual(['head']);
    await world.leave(head);
    expect(await roles(head)).toEqual([]);
    const lastDay = new Date('2027-08-31T21:59:00Z');
    const [right] = await world.rightsOf(teacher);
    for (let day = 60; day < 330; day += 60)
      await noteUse(world.stores.db, { right: right?.id ?? '', at: daysFrom(world.now(), day) });
    expect(await rightsOf(world.stores.db, teacher, lastDay)).toHaveLength(1);
    expect(await rightsOf(world.stores.db, teacher, new Date('2027-08-31T22:00:00Z'))).toEqual([]);
  });

  it('follow the classes as the roster changes them', async () => {
    const teacher = await world.teacher(['4A', '4B']);
    const { db } = world.stores;
    await db
      .updateTable('memberships')
      .set({ until_at: world.now() })
      .where('person', '=', teacher)
      .where('class_id', 'in', db.selectFrom('classes').select('id').where('code', '=', '4A'))
      .execute();
    const [right] = await world.rightsOf(teacher);
    expect(right?.scope).toEqual({ kind: 'classes', uai: SCHOOL, classes: ['4B'] });
  });
});

describe('nobody has a right', () => {
  it.each(['dormant', 'closed'] as const)('whose account is %s', async (state) => {
    expect(await roles(await world.person({ function: 'DIR', state }))).toEqual([]);
  });

  it('who is locked', async () => {
    const head = await world.head();
    const lock = { person: head, reason: 'stolen', locked_by: '{}', from_at: world.now() };
    await world.stores.db
      .insertInto('locks')
      .values({ ...lock, until_at: null, lifted_at: null })
      .execute();
    expect(await roles(head)).toEqual([]);
  });

  it.each(['freeze', 'suspend-rights'] as const)('under an order to %s, until it ends', async (measure) => {
    const [here, there] = [await world.head(), await world.head(OTHER_SCHOOL)];
    const { db } = world.stores;
    const wish: OrderWish = {
      measure,
      scope: { establishment: [SCHOOL] },
      reason: 'an incident',
      mode: 'live',
    };
    const drilled = await applyOrder(db, BY, { ...wish, mode: 'drill' }, world.now());
    expect([drilled.outcome, await roles(here)]).toEqual(['applied', ['head']]);
    const applied = await applyOrder(db, BY, wish, world.now());
    if (applied.outcome !== 'applied') throw new Error(applied.refusal);
    expect([await roles(here), await roles(there)]).toEqual([[], ['head']]);
    await endOrder(db, BY, { id: applied.order.id, reason: 'over' }, world.now());
    expect(await roles(here)).toEqual(['head']);
  });
});

describe('a right nobody uses', () => {
  it('lapses after 90 days, and a use comes too late then', async () => {
    const [used, unused] = [await world.head(), await world.head()];
    const { db } = world.stores;
    const start = world.now();
    const [[one], [other]] = [await world.rightsOf(used), await world.rightsOf(unused)];
    await noteUse(db, { right: one?.id ?? '', at: daysFrom(start, 50) });
    await noteUse(db, { right: other?.id ?? '', at: daysFrom(start, 90) });
    expect(await rightsOf(db, unused, daysFrom(start, 89))).toHaveLength(1);
    expect(await rightsOf(db, unused, daysFrom(start, 90))).toEqual([]);
    expect(await rightsOf(db, used, daysFrom(start, 139))).toHaveLength(1);
    expect(await rightsOf(db, used, daysFrom(start, 140))).toEqual([]);
  });

  it('counts its days from when its holder claimed the account', async () => {
    const head = await world.head();
    const start = world.now();
    const { db } = world.stores;
    await db
      .updateTable('account_states')
      .set({ from_at: daysFrom(start, 100) })
      .where('person', '=', head)
      .execute();
    expect(await rightsOf(db, head, daysFrom(start, 189))).toHaveLength(1);
    expect(await rightsOf(db, head, daysFrom(start, 190))).toEqual([]);
    // Reset and claimed anew: what had lapsed stays so.
    await db.transaction().execute(async (tx) => {
      const states = tx
        .updateTable('account_states')
        .where('person', '=', head)
        .where('until_at', 'is', null);
      await states.set({ until_at: daysFrom(start, 191) }).execute();
      await tx
        .insertInto('account_states')
        .values(stateOf(head, daysFrom(start, 191)))
        .execute();
      await tx
        .updateTable('accounts')
        .set({ claimed_at: daysFrom(start, 191) })
        .where('person', '=', head)
        .execute();
    });
    expect(await rightsOf(db, head, daysFrom(start, 192))).toEqual([]);
  });
});

describe('which right allows it', () => {
  it('is the narrowest one over the place', async () => {
    const who = await world.head();
    const { db } = world.stores;
    const classes = await db
      .selectFrom('classes')
      .select('id')
      .where('code', '=', '6B')
      .executeTakeFirstOrThrow();
    await db
      .insertInto('memberships')
      .values({
        ...{ person: who, uai: SCHOOL, school_year: 2026, class_id: classes.id, profile: 'teacher' },
        ...{ function: null, from_at: world.now(), until_at: null },
      })
      .execute();
    const rights = await world.rightsOf(who);
    const roleFor = (act: Parameters<typeof rightFor>[1], className?: string, uai = SCHOOL) =>
      rightFor(rights, act, { uai, className })?.role;
    expect(roleFor('read-people', '6B')).toBe('teacher');
    expect(roleFor('read-people', '5A')).toBe('head');
    expect(roleFor('open-window', '6B')).toBe('teacher');
    expect(roleFor('open-window', '5A')).toBeUndefined();
    expect(roleFor('print-letters', '6B')).toBe('head');
    expect(roleFor('read-people', '6B', OTHER_SCHOOL)).toBeUndefined();
    expect(rightFor(rights, 'read-people', {})).toBeUndefined();
  });
});

function stateOf(person: number, from_at: Date) {
  return { person, state: 'active' as const, from_at, until_at: null };
}

function daysFrom(start: Date, days: number): Date {
  return new Date(start.getTime() + days * 86_400_000);
}
