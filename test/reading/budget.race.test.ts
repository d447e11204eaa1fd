import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROUNDS } from '../support/amount.ts';
import { type TwoRacers, twoRacers } from '../support/two-racers.ts';
import { readingWorld, type World } from './world.ts';

let world: World;
let racers: TwoRacers;
beforeAll(async () => {
  world = await readingWorld();
  racers = await twoRacers(world.stores, new URL('./race-acts.ts', import.meta.url).pathname);
});
afterAll(async () => {
  racers.stop();
  await world.close();
});

describe('a reading budget under 20 parallel reads from two processes', () => {
  it('is never passed: exactly what is left is read', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { person: reader } = await world.reader();
      const won = await racers.race('charge', { reader, limit: 7, at: world.now().toISOString() }, 20);
      expect(won).toBe(7);
    }
  });

  it('is passed by the naive form, which counts after it has read', async () => {
    let passed = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const { person: reader } = await world.reader();
      const won = await racers.race(
        'countThenCharge',
        { reader, limit: 7, at: world.now().toISOString() },
        20,
      );
      if (won > 7) passed += 1;
    }
    expect(passed).toBeGreaterThan(0);
  });
});
