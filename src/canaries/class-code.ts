import type { SeededRandom } from '../roster/generate/random.ts';

/** A class that would not surprise among the others, and those it is most like: its level. */
export interface FittingClass {
  code: string;
  like: readonly string[];
}

interface Level {
  stem: string;
  ordinals: string[];
}

/**
 * The next of a level (6E A, B, C → D; 601, 602 → 603), of one that has the fewest: classes come and go there. Where
 * classes have no such names, one is divided: CM1 → CM1 B.
 */
export function fittingClass(codes: readonly string[], random: SeededRandom): FittingClass | undefined {
  if (codes.length === 0) return undefined;
  const levels = levelsOf(codes);
  const fewest = Math.min(...levels.map(({ ordinals }) => ordinals.length));
  const candidates = levels.filter(({ ordinals }) => ordinals.length === fewest);
  if (candidates.length === 0) {
    const whole = random.pick(codes);
    return { code: `${whole} B`, like: [whole] };
  }
  const { stem, ordinals } = random.pick(candidates);
  const last = ordinals.toSorted().at(-1) ?? '';
  return { code: stem + after(last), like: ordinals.map((ordinal) => stem + ordinal) };
}

function levelsOf(codes: readonly string[]): Level[] {
  const parsed = codes.flatMap((code) => {
    const [, stem, ordinal] = /^(.{2,}?|\d)([A-Z]|\d)$/.exec(code) ?? [];
    return stem !== undefined && ordinal !== undefined ? [{ stem, ordinal }] : [];
  });
  const byStem = Map.groupBy(parsed, ({ stem }) => stem);
  const levels = [...byStem].map(([stem, all]) => ({ stem, ordinals: all.map(({ ordinal }) => ordinal) }));
  return levels.filter(isCounted);
}

/** A is the first of a level even where there is no B; a number counts only in a row: CE1 and CE2 are two levels. */
function isCounted({ stem, ordinals }: Level): boolean {
  if (ordinals.includes('A')) return true;
  return ordinals.includes('1') && ordinals.length > 1 && /[\d\s_-]$/.test(stem);
}

function after(ordinal: string): string {
  if (/^\d$/.test(ordinal)) return String(Number(ordinal) + 1);
  return ordinal === 'Z' ? 'AA' : String.fromCharCode(ordinal.charCodeAt(0) + 1);
}
