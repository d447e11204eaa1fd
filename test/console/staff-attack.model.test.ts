import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { knowingSequences } from '../activation/knowing-sequences.ts';
import { SEEDS, SEQUENCES } from '../support/amount.ts';
import { onWholeClock } from '../support/whole-clock.ts';
import { type World, wholeWorld } from '../support/world.ts';
import { ABOUT_SOMEBODY, ACTS, type Act, HttpAttacker, type Step } from './http-attacker.ts';

/** Thirty here, three hundred in bin/attack: each signs in, prints, types and claims through the real pages. */
const RUNS = Math.ceil((SEQUENCES * 0.03) / SEEDS.length);

/** What an attacker who knows Préau would try. */
const KNOWING: Readonly<Record<string, readonly Act[]>> = {
  'a window opened before printing': ['open-window', 'print-pupils', 'type-word'],
  'a window opened after printing': ['print-pupils', 'hand-over', 'open-window', 'type-word'],
  'the desk they hold': ['print-pupils', 'ask-desk', 'hold-desk'],
  'their vouch for their own child': ['print-pupils', 'ask-vouch', 'vouch'],
  'a reset of a colleague, and the desk': ['reset', 'print-staff', 'ask-desk', 'hold-desk'],
  'a roster that makes them a guardian': [
    ...(['roster-guardian', 'apply', 'apply-from-above'] as const),
    ...(['print-pupils', 'ask-vouch', 'vouch'] as const),
  ],
  'a roster that sends halves to them': [
    ...(['roster-contact', 'apply', 'apply-from-above', 'wait-14-days'] as const),
    ...(['print-guardians', 'ask-split', 'type-half'] as const),
  ],
};

/** What is about one person, about each of the four before what comes next. */
const aboutAll = (acts: readonly Act[]): Step[] =>
  acts.flatMap((act) => {
    const isAboutSomebody = (ABOUT_SOMEBODY as readonly Act[]).includes(act);
    return (isAboutSomebody ? [0, 1, 2, 3] : [0]).map((whom) => ({ act, whom }));
  });

async function attack(
  world: World,
  steps: readonly Step[],
): Promise<{ claimed: number; answered: ReadonlySet<string> }> {
  const attacker = await HttpAttacker.enter(world);
  try {
    for (const step of steps) await attacker.do(step);
    return { claimed: await attacker.claimed(), answered: attacker.answered };
  } finally {
    attacker.leave();
  }
}

async function aWorld(given: Parameters<typeof wholeWorld>[0] = {}): Promise<World> {
  const world = await wholeWorld({
    ...given,
    // All of them come from one address: what stops that is another test.
    change: (config) => ({ ...config, limits: { ...config.limits, addressFailures: 1_000_000 } }),
  });
  return onWholeClock(world);
}

describe('one session at the console with every right a school can give', () => {
  let world: World;
  beforeAll(async () => {
    world = await aWorld();
  }, 60_000);
  afterAll(() => world.close());

  it.each(Object.entries(KNOWING))('claims nothing by %s', async (_, acts) => {
    expect((await attack(world, aboutAll(acts))).claimed).toBe(0);
  });

  it.each(SEEDS)(
    'claims nothing by whatever it does (seed %p)',
    async (seed) => {
      const sequences = knowingSequences(ACTS, Object.values(KNOWING), { atMost: 5 });
      await fc.assert(
        fc.asyncProperty(sequences, async (steps) => (await attack(world, steps)).claimed === 0),
        { numRuns: RUNS, seed, endOnFailure: true },
      );
    },
    3_600_000,
  );

  it('does at the pages what its acts are called, as far as they let it', async () => {
    const { answered, claimed } = await attack(world, aboutAll(EVERYTHING));
    // No half comes to their telephone: so none is typed.
    expect([...answered].sort()).toEqual([
      ...['apply 303', 'apply 403', 'apply-from-above 1', 'ask-desk 200', 'ask-split 200', 'ask-vouch 200'],
      ...['close-window 303', 'find 200', 'grant 303', 'grant 404', 'hand-over 303', 'hold-desk 422'],
      ...['lift 303', 'lock 303', 'look-at-windows 200', 'open-window 303', 'open-window 403'],
      ...[
        'print-guardians 200',
        'print-pupils 200',
        'print-staff 200',
        'reprint 200',
        'reset 303',
        'reset 422',
      ],
      ...['revoke 303', 'roster-as-it-was 303', 'roster-contact 303', 'roster-guardian 303'],
      ...['roster-teacher 303', 'type-word 200', 'undo 303', 'undo 403', 'vouch 422'],
    ]);
    expect(claimed).toBe(0);
  }, 120_000);
});

/** Each act, where there is something to do it with. */
const EVERYTHING: readonly Act[] = [
  ...(['roster-as-it-was', 'apply', 'undo'] as const),
  ...(['find', 'open-window', 'look-at-windows', 'print-pupils', 'hand-over', 'type-word'] as const),
  ...(['close-window', 'ask-desk', 'hold-desk', 'wait-an-hour', 'ask-vouch', 'vouch'] as const),
  ...(['open-window', 'print-guardians', 'ask-split', 'grant', 'revoke', 'lock', 'lift'] as const),
  ...(['wait-an-hour', 'roster-contact', 'apply', 'apply-from-above', 'undo', 'wait-14-days'] as const),
  ...([
    'print-guardians',
    'ask-split',
    'type-half',
    'reset',
    'print-staff',
    'wait-a-day',
    'reprint',
  ] as const),
  ...(['roster-teacher', 'roster-guardian'] as const),
];

describe('without the rule that two proofs are in two hands', () => {
  let world: World;
  beforeAll(async () => {
    world = await aWorld({ inSameHands: async () => false });
  }, 60_000);
  afterAll(() => world.close());

  it('the same session claims accounts by all of these but one, which its own page refuses', async () => {
    const claimed: Record<string, number> = {};
    for (const [way, acts] of Object.entries(KNOWING))
      claimed[way] = (await attack(world, aboutAll(acts))).claimed;
    expect(claimed).toEqual({
      'a window opened before printing': 2,
      'a window opened after printing': 0,
      'the desk they hold': 2,
      'their vouch for their own child': 1,
      'a reset of a colleague, and the desk': 1,
      'a roster that makes them a guardian': 2,
      'a roster that sends halves to them': 1,
    });
  }, 120_000);
});
