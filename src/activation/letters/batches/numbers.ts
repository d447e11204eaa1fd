const MOST_TYPED = 2000;

/** « 3, 7-9 12 » as people write it: 3, 7, 8, 9, 12. Undefined where it is no list of numbers. */
export function parseLetterNumbers(typed: string): number[] | undefined {
  if (typed.length > MOST_TYPED) return undefined;
  const parts = typed
    .replace(/\s*[-–]\s*/g, '-')
    .split(/[\s,;]+/)
    .filter(Boolean);
  const numbers = new Set<number>();
  for (const part of parts) {
    const [, from, to = from] = /^([1-9]\d{0,3})(?:-([1-9]\d{0,3}))?$/.exec(part) ?? [];
    if (from === undefined || Number(to) < Number(from)) return undefined;
    for (let number = Number(from); number <= Number(to); number += 1) numbers.add(number);
  }
  return numbers.size === 0 ? undefined : [...numbers].sort((one, other) => one - other);
}
