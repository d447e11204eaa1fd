import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SEEDS, SEQUENCES } from '../support/amount.ts';
import { findGrownups, type Grownups, startModel } from './model.ts';
import { sequences } from './model-sequences.ts';
import { apply, type Step } from './model-steps.ts';
import { activationWorld, type World } from './world.ts';

/** A hundred here, all of them in bin/attack. */

let world: World;
let grownups: Grownups;
beforeAll(async () => {
  world = await activationWorld({
    hash: async (password) => `hash of ${password}`,
    // Every ceremony for the same two pupils: more is possible here than anywhere.
    adjust: ({ activation, limits }) => {
      activation.ceremonies.everywhere.pupil = ['class-window', 'guardian-vouch', 'split-letter', 'desk'];
      limits.deskActsPerHour = 1_000_000;
      // A clerk's small pile waits a day elsewhere (letters.test.ts): here every letter works at once.
      activation.reprintSeconds = 0;
    },
  });
  grownups = await findGrownups(world);
});
afterAll(() => world.close());

it.each(SEEDS)(
  'gives a first credential to two proofs of one person in one browser, in their order, and to nothing else (seed %p)',
  async (seed) => {
    await fc.assert(
      fc.asyncProperty(sequences, async (sequence: Step[]) => {
        const model = await startModel(world, grownups);
        for (const step of sequence) await apply(model, step);
        await model.check();
      }),
      { numRuns: Math.ceil(SEQUENCES / SEEDS.length), seed, endOnFailure: true },
    );
  },
  3_600_000,
);

it('came to a claim by each of the four ceremonies in these sequences', async () => {
  const rows = await world.stores.db
    .selectFrom('accounts')
    .select((eb) => ['claimed_by', eb.fn.countAll<number>().as('claims')])
    .where('claimed_by', 'is not', null)
    .groupBy('claimed_by')
    .execute();
  const claimed = rows.map(({ claimed_by }) => claimed_by).filter((name) => name !== 'before');
  expect(claimed.sort()).toEqual(['class-window', 'desk', 'guardian-vouch', 'split-letter']);
});

it.each<[string, Step[]]>([
  ['class-window', [{ kind: 'begin', browser: 0, code: 0, word: 'right' }]],
  [
    'guardian-vouch',
    [
      { kind: 'ask', browser: 0, code: 0, way: 'guardian-vouch' },
      { kind: 'vouch', browser: 0, who: 'parent', typed: 'right' },
    ],
  ],
  [
    'split-letter',
    [
      { kind: 'ask', browser: 0, code: 0, way: 'split-letter' },
      { kind: 'send', browser: 0 },
      { kind: 'half', browser: 0, typed: 'right' },
    ],
  ],
  [
    'desk',
    [
      { kind: 'ask', browser: 0, code: 0, way: 'desk' },
      { kind: 'desk', browser: 0, who: 'head', typed: 'right' },
    ],
  ],
])('reaches the end by %s in the sequence that should', async (_, proofs) => {
  const model = await startModel(world, grownups);
  const right: Step[] = [
    ...proofs,
    { kind: 'claim', browser: 0 },
    { kind: 'enrol', browser: 0, otp: 'right' },
    { kind: 'draw', browser: 0 },
    { kind: 'finish', browser: 0 },
  ];
  for (const step of right) await apply(model, step);
  await model.check();
  expect(model.people[0]?.state).toBe('active');
});
