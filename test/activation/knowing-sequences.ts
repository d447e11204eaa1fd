import fc from 'fast-check';

interface Step<Act> {
  act: Act;
  whom: number;
}

/** A way that might work, whatever is done before it and between its steps, about one of four people. */
export function knowingSequences<Act>(
  acts: readonly Act[],
  ways: readonly (readonly Act[])[],
  { atMost }: { atMost: number },
): fc.Arbitrary<Step<Act>[]> {
  const step = fc.record({ act: fc.constantFrom(...acts), whom: fc.nat(3) });
  const some = fc.array(step, { maxLength: atMost });
  return fc
    .tuple(some, fc.constantFrom(...ways), fc.nat(3), some)
    .map(([before, way, whom, between]) => [
      ...before,
      ...way.flatMap((act, index) => [{ act, whom }, ...between.slice(index, index + 1)]),
    ]);
}
