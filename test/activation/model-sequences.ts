import fc from 'fast-check';
import type { Way } from './model.ts';
import { type Step, steps } from './model-steps.ts';

const WAYS: readonly (Way | 'class-window')[] = ['class-window', 'guardian-vouch', 'split-letter', 'desk'];

/** As somebody goes through it, in one browser. */
function story(way: Way | 'class-window', browser: number, code: 0 | 1): Step[] {
  const rest: Step[] = [
    { kind: 'claim', browser },
    { kind: 'enrol', browser, otp: 'right' },
    { kind: 'draw', browser },
    { kind: 'finish', browser },
  ];
  if (way === 'class-window') return [{ kind: 'begin', browser, code, word: 'right' }, ...rest];
  const ask: Step = { kind: 'ask', browser, code, way };
  switch (way) {
    case 'guardian-vouch':
      return [ask, { kind: 'vouch', browser, who: 'parent', typed: 'right' }, ...rest];
    case 'desk':
      return [ask, { kind: 'desk', browser, who: 'head', typed: 'right' }, ...rest];
    case 'split-letter':
      return [ask, { kind: 'send', browser }, { kind: 'half', browser, typed: 'right' }, ...rest];
    default:
      return way satisfies never;
  }
}

const told = fc
  .record({
    way: fc.constantFrom(...WAYS),
    browser: fc.nat(2),
    code: fc.constantFrom(0 as const, 0 as const, 1 as const),
    length: fc.integer({ min: 2, max: 7 }),
    /** What comes between its steps, and where. */
    between: fc.array(fc.record({ at: fc.nat(6), step: steps }), { maxLength: 3 }),
    skipped: fc.option(fc.nat(5), { freq: 4 }),
  })
  .map(({ way, browser, code, length, between, skipped }) => {
    const whole = story(way, browser, code).slice(0, length);
    return whole.flatMap((step, place) => [
      ...between.filter(({ at }) => at === place).map((one) => one.step),
      ...(place === skipped ? [] : [step]),
    ]);
  });

/** Stories cut short, with a step left out and others in between, one after the other; and steps at random. */
export const sequences: fc.Arbitrary<Step[]> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: told },
      { weight: 2, arbitrary: fc.array(steps, { minLength: 1, maxLength: 6 }) },
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.flat());
