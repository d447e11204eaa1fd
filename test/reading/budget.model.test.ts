import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pauseSeconds, shareOf } from '../../src/reading/budget.ts';
import { isNight } from '../../src/reading/night.ts';
import { chargeBudget, ensureBudget } from '../../src/reading/store.ts';
import { defaultSettings } from '../activation/parts.ts';
import { AT } from '../sessions/people.ts';
import { SEEDS, SEQUENCES } from '../support/amount.ts';
import { readingWorld, type World } from './world.ts';

const LIMITS = { hour: 20, day: 50 };
const HOUR = 3_600_000;

let world: World;
beforeAll(async () => {
  world = await readingWorld();
});
afterAll(() => world.close());

/** What was charged in any stretch of time, by a list that keeps everything. */
function mostWithin(charges: readonly { at: number; cost: number }[], length: number): number {
  const sums = charges.map(({ at: end }) =>
    charges.filter(({ at }) => at > end - length && at <= end).reduce((sum, { cost }) => sum + cost, 0),
  );
  return Math.max(0, ...sums);
}

const steps = fc.array(
  fc.record({ seconds: fc.integer({ min: 0, max: 5400 }), cost: fc.integer({ min: 1, max: 12 }) }),
  { minLength: 10, maxLength: 60 },
);

it.each(SEEDS)(
  'no rolling hour and no rolling day is ever above its limit (seed %p)',
  async (seed) => {
    const property = fc.asyncProperty(steps, async (sequence) => {
      const { number: reader } = await world.stores.db
        .insertInto('persons')
        .values({ subject_id: randomUUID() })
        .returning('number')
        .executeTakeFirstOrThrow();
      await ensureBudget(world.stores.db as never, { reader, role: 'head' });
      const charges: { at: number; cost: number }[] = [];
      let refused = 0;
      let now = AT.getTime();
      for (const { seconds, cost } of sequence) {
        now += seconds * 1000;
        const row = await chargeBudget(world.stores.db as never, {
          ...{ reader, role: 'head', cost, limits: LIMITS, charge: randomUUID(), continuing: undefined },
          ...{ right: randomUUID(), uai: undefined, academie: undefined, at: new Date(now) },
        });
        if (row) charges.push({ at: now, cost });
        else refused += 1;
        const hour = charges.filter(({ at }) => at > now - HOUR).reduce((sum, one) => sum + one.cost, 0);
        // Where there was room in both windows with a minute to spare, it was let through.
        const day = charges.filter(({ at }) => at > now - 24 * HOUR - 60_000);
        const wide = charges.filter(({ at }) => at > now - HOUR - 60_000);
        const sum = (some: typeof charges) => some.reduce((total, one) => total + one.cost, 0);
        if (!row) expect(sum(wide) + cost > LIMITS.hour || sum(day) + cost > LIMITS.day).toBe(true);
        expect(hour).toBeLessThanOrEqual(LIMITS.hour);
      }
      expect(mostWithin(charges, HOUR)).toBeLessThanOrEqual(LIMITS.hour);
      expect(mostWithin(charges, 24 * HOUR)).toBeLessThanOrEqual(LIMITS.day);
      return charges.length + refused === sequence.length;
    });
    await fc.assert(property, { seed, numRuns: Math.ceil(SEQUENCES / 10), endOnFailure: true });
  },
  3_600_000,
);

it('pauses never grow shorter towards the limit, and begin where the settings say', () => {
  const settings = defaultSettings().reading;
  const pauses = Array.from({ length: 101 }, (_, percent) =>
    pauseSeconds(shareOf({ hour: percent, day: 0 }, { hour: 100, day: 1 }), settings),
  );
  expect(pauses.slice(0, 80).every((pause) => pause === 0)).toBe(true);
  expect([80, 84, 88, 92, 96, 100].map((percent) => pauses[percent])).toEqual([5, 10, 20, 40, 80, 80]);
  expect([...pauses].sort((one, other) => one - other)).toEqual(pauses);
});

it('night in Paris is from ten to six, through both changes of the clock', () => {
  const nights = (from: string, hours: number) =>
    Array.from({ length: hours }, (_, hour) => isNight(new Date(Date.parse(from) + hour * HOUR))).filter(
      Boolean,
    );
  // The night of the longer hour has nine hours, the one of the shorter seven.
  expect(nights('2026-10-24T18:00:00Z', 14)).toHaveLength(9);
  expect(nights('2027-03-27T18:00:00Z', 14)).toHaveLength(7);
  expect(nights('2026-12-01T18:00:00Z', 14)).toHaveLength(8);
});
