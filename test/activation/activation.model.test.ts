import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SEEDS, SEQUENCES } from '../support/amount.ts';
import { startModel } from './model.ts';
import { apply, type Step, steps } from './model-steps.ts';
import { activationWorld, type World } from './world.ts';

/** A hundred here, all of them in bin/attack. */

let world: World;
beforeAll(async () => {
  world = await activationWorld({ hash: async (password) => `hash of ${password}` });
});
afterAll(() => world.close());

it.each(SEEDS)(
  'gives a first credential to two proofs of one person in one browser, in their order, and to nothing else (seed %p)',
  async (seed) => {
    const sequences = fc.array(steps, { minLength: 3, maxLength: 16 });
    await fc.assert(
      fc.asyncProperty(sequences, async (sequence: Step[]) => {
        const model = await startModel(world);
        for (const step of sequence) await apply(model, step);
        await model.check();
      }),
      { numRuns: Math.ceil(SEQUENCES / SEEDS.length), seed, endOnFailure: true },
    );
  },
  3_600_000,
);

it('reaches the end in the sequences that should', async () => {
  const model = await startModel(world);
  const right: Step[] = [
    { kind: 'begin', browser: 0, code: 0, word: 'right' },
    { kind: 'claim', browser: 0 },
    { kind: 'enrol', browser: 0, otp: 'right' },
    { kind: 'draw', browser: 0 },
    { kind: 'finish', browser: 0 },
  ];
  for (const step of right) await apply(model, step);
  await model.check();
  expect(model.people[0]?.state).toBe('active');
});
