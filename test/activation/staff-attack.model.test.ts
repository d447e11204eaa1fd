import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SEEDS, SEQUENCES } from '../support/amount.ts';
import { knowingSequences } from './knowing-sequences.ts';
import { ACTS, StaffAttacker, type Step } from './staff-attacker.ts';
import { activationWorld, type World } from './world.ts';

/** A hundred here, a thousand in bin/attack: each is a school year of acts. */
const RUNS = Math.ceil(SEQUENCES / 10 / SEEDS.length);

const hash = async (password: string) => `hash of ${password.length}`;

async function attack(world: World, steps: readonly Step[]): Promise<number> {
  const attacker = new StaffAttacker(world);
  try {
    await attacker.start();
    for (const step of steps) await attacker.do(step);
    return await attacker.claimed();
  } finally {
    attacker.end();
  }
}

/** What an attacker who knows Préau would try: print, have it opened, wait where waiting is asked. */
const KNOWING: Readonly<Record<string, readonly Step['act'][]>> = {
  'a window of their own class': ['print-pupils', 'hand-over', 'open-window', 'type-word'],
  'a reprint, a day later': ['open-window', 'reprint', 'wait-a-day', 'open-window', 'type-word'],
  'the desk they hold': ['print-pupils', 'ask-desk', 'hold-desk'],
  'their vouch for their own child': ['print-pupils', 'ask-vouch', 'vouch'],
  'a reset of a colleague, and the desk': ['reset', 'print-adults', 'ask-desk', 'hold-desk'],
  'a roster that makes them a guardian': ['roster-guardian', 'print-pupils', 'ask-vouch', 'vouch'],
  'a roster that sends halves to them': [
    'roster-contact',
    'wait-14-days',
    'print-adults',
    'ask-split',
    'type-half',
  ],
};

const everybody = (acts: readonly Step['act'][]): Step[][] =>
  [0, 1, 2, 3].map((whom) => acts.map((act) => ({ act, whom })));

describe('one session with every right a school can give', () => {
  let world: World;
  beforeAll(async () => {
    world = await activationWorld({ hash });
  });
  afterAll(() => world.close());

  it.each(Object.entries(KNOWING))('claims nothing by %s', async (_, acts) => {
    for (const steps of everybody(acts)) expect(await attack(world, steps)).toBe(0);
  });

  it.each(SEEDS)(
    'claims nothing by whatever it does (seed %p)',
    async (seed) => {
      const sequences = knowingSequences(ACTS, Object.values(KNOWING), { atMost: 6 });
      await fc.assert(
        fc.asyncProperty(sequences, async (steps) => (await attack(world, steps)) === 0),
        { numRuns: RUNS, seed, endOnFailure: true },
      );
    },
    3_600_000,
  );
});

describe('without the rule that two proofs are in two hands', () => {
  it('the same session claims accounts: by the desk, by a vouch, by a half sent to itself', async () => {
    const world = await activationWorld({ hash, inSameHands: async () => false });
    try {
      const claimed: Record<string, number> = {};
      for (const [name, acts] of Object.entries(KNOWING)) {
        const all = [];
        for (const steps of everybody(acts)) all.push(await attack(world, steps));
        claimed[name] = Math.max(...all);
      }
      expect(claimed).toMatchObject({
        'the desk they hold': 1,
        'their vouch for their own child': 1,
        'a reset of a colleague, and the desk': 1,
        'a roster that makes them a guardian': 1,
        'a roster that sends halves to them': 1,
      });
    } finally {
      await world.close();
    }
  }, 120_000);
});
