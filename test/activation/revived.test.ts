import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyOrder } from '../../src/crisis/apply-order.ts';
import { endOrder } from '../../src/crisis/end-order.ts';
import { School } from './revived.ts';
import { activationWorld, BY, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await activationWorld({
    hash: async (password) => `hash of ${password.length}`,
    adjust: ({ activation }) => {
      activation.ceremonies.everywhere.pupil = ['class-window', 'guardian-vouch', 'desk'];
      activation.ceremonies.everywhere.guardian = ['split-letter', 'desk'];
      activation.ceremonies.everywhere.teacher = ['split-letter', 'desk'];
    },
  });
});
afterAll(() => world.close());

async function inForce(): Promise<void> {
  const { version } = await world.stores.db
    .selectFrom('order_clock')
    .select('version')
    .executeTakeFirstOrThrow();
  await world.orders.upTo(version);
}

async function whileFrozen(school: School, act: () => Promise<unknown>): Promise<void> {
  const { db } = world.stores;
  const scope = { establishment: [school.uai] };
  const wish = { measure: 'freeze', scope, reason: 'test', mode: 'live' } as const;
  const applied = await applyOrder(db, BY, wish, world.now());
  if (applied.outcome !== 'applied') throw new Error(applied.refusal);
  await inForce();
  await act();
  expect(await school.tryAll('cheval')).toBe(0);
  await endOrder(db, BY, { id: applied.order.id, reason: 'over' }, world.now());
  await inForce();
}

const GONE = { without: ['pupil', 'guardian', 'parent', 'teacher', 'colleague', 'other'] } as const;

async function gone(school: School): Promise<string> {
  const plan = await school.import(GONE);
  expect(await school.closed()).toHaveLength(GONE.without.length);
  return plan;
}

const ANOTHER = '0139999B';
const CHANGED = { mail: 'nouveau', mobile: '+33639980009' };

/** What happens in a school whose people were there, and whether those who had claimed were closed in between. */
const OPERATIONS: Record<string, { act(school: School): Promise<unknown>; closes?: true }> = {
  'the same roster, again': { act: (school) => school.import() },
  'a second school that names the same people': { act: (school) => school.import({ uai: ANOTHER }) },
  'a second school, and the undo of it': {
    act: async (school) => school.undo(await school.import({ uai: ANOTHER })),
  },
  'a changed mail address and mobile': { act: (school) => school.import(CHANGED) },
  'a changed address that is changed back': {
    act: async (school) => {
      await school.import(CHANGED);
      await school.import();
    },
  },
  'the undo of a changed address': { act: async (school) => school.undo(await school.import(CHANGED)) },
  'the people gone, and returned': {
    closes: true,
    act: async (school) => {
      await gone(school);
      await school.import();
    },
  },
  'the undo of the plan that closed them': {
    closes: true,
    act: async (school) => school.undo(await gone(school)),
  },
  'a frozen establishment, imported again': {
    act: (school) => whileFrozen(school, () => school.import()),
  },
  'a frozen establishment whose people go and return': {
    closes: true,
    act: (school) =>
      whileFrozen(school, async () => {
        await gone(school);
        await school.import();
      }),
  },
};

describe('what was half-open and is dead', () => {
  it.each(Object.entries(OPERATIONS))(
    'is revived by nothing: %s',
    async (_, { act, closes = false }) => {
      const school = new School(world);
      try {
        await school.start();
        await school.begin();
        expect(counts(school)).toEqual({ codes: 3, words: 1, tokens: 7, halves: 2, desks: 3, vouches: 1 });
        await school.kill();
        const before = await school.epochs();
        expect(await school.active()).toEqual(['head', 'other', 'parent']);

        await act(school);
        const word = await school.openWindow();
        expect(word).not.toBe('');
        expect(await school.tryAll(word)).toBe(0);
        // Who was closed and comes back is dormant: their own password is one of before.
        expect(await school.active()).toEqual(closes ? ['head'] : ['head', 'other', 'parent']);
        for (const [person, epoch] of Object.entries(await school.epochs()))
          expect(epoch).toBeGreaterThanOrEqual(before[person] ?? 0);
        expect(await claimedSince(school)).toEqual([]);
      } finally {
        school.end();
      }
    },
    30_000,
  );

  it('would have gone on, were it alive', async () => {
    const school = new School(world);
    try {
      await school.start();
      await school.begin();
      await school.import();
      expect(await school.tryAll('')).toBeGreaterThan(3);
      expect(await claimedSince(school)).toHaveLength(3);
    } finally {
      school.end();
    }
  }, 30_000);
});

function counts({ held }: School): Record<string, number> {
  return Object.fromEntries(Object.entries(held).map(([name, all]) => [name, all.length]));
}

async function claimedSince(school: School): Promise<number[]> {
  const rows = await world.stores.db
    .selectFrom('accounts')
    .select('person')
    .where('person', 'in', [...school.persons.values()])
    .where('claimed_by', '!=', 'before')
    .execute();
  return rows.map(({ person }) => person);
}
