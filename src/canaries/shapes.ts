import type { SeededRandom } from '../roster/generate/random.ts';

/** Of the same length and kind as another: each character is one that stands there in some of them. */
export function keyLike(template: string, all: readonly string[], random: SeededRandom): string {
  const alike = all.filter((key) => key.length === template.length);
  if (/^\d+$/.test(template)) return numberAmong(template, alike, random);
  return [...template].map((_, at) => random.pick(alike.length > 0 ? alike : [template])[at] ?? '').join('');
}

/** Keys that are numbers are drawn in one after the other: between the first and the last of the school. */
function numberAmong(template: string, alike: readonly string[], random: SeededRandom): string {
  const numbers = alike.filter((key) => /^\d+$/.test(key)).map(Number);
  const [first, last] = [Math.min(Number(template), ...numbers), Math.max(Number(template), ...numbers)];
  return String(first + random.below(last - first + 1)).padStart(template.length, '0');
}

const TRIES = 20;

/** Some like the others; where all of those may be taken, some that would come after them. */
export function keysLike(template: string, all: readonly string[], random: SeededRandom): string[] {
  const among = Array.from({ length: TRIES }, () => keyLike(template, all, random));
  if (!/^\d+$/.test(template)) return among;
  const numbers = all.filter((key) => key.length === template.length && /^\d+$/.test(key)).map(Number);
  const [first, last] = [Math.min(...numbers), Math.max(...numbers)];
  const beyond = Array.from({ length: TRIES }, () => last + 1 + random.below(last - first + TRIES));
  return [...among, ...beyond.map((number) => String(number).padStart(template.length, '0'))];
}

/** Kept for fiction by the French numbering plan: nobody's. */
export function fictionalPhone(template: string, random: SeededRandom): string {
  const digits = String(random.below(10_000)).padStart(4, '0');
  const number = `+336 39 98 ${digits}`.replaceAll(' ', '');
  if (/\s/.test(template)) return `+33 6 39 98 ${digits.slice(0, 2)} ${digits.slice(2)}`;
  return template.startsWith('0') ? number.replace('+33', '0') : number;
}

/**
 * Built like another's, under a domain that reaches nobody: their names there are those of here, their initials too. Where
 * anything else is said (a nickname, a name spelt otherwise), it is the real person's, and nothing of it is taken over.
 */
export function mailLike(
  template: string,
  given: { names: ReadonlyMap<string, string>; own: readonly (string | undefined)[]; domain: string },
  random: SeededRandom,
): string {
  const [local = ''] = template.split('@');
  const made = withNames(plainLocal(local), [...given.names]) ?? built(given.own);
  return `${made.replace(/\d/g, () => String(random.below(10)))}@${given.domain}`;
}

function built(own: readonly (string | undefined)[]): string {
  return own.map(plain).filter(Boolean).join('.') || 'famille';
}

/** Undefined where a word stands in it that is neither a name nor an initial of one. */
function withNames(local: string, names: readonly (readonly [string, string])[]): string | undefined {
  const known = names
    .map(([old, fresh]) => ({ from: plain(old), to: plain(fresh) }))
    .filter(({ from }) => from !== '')
    .sort((one, other) => other.from.length - one.from.length);
  const placeOf = (index: number) => String.fromCharCode(FIRST_PLACE + index);
  const placed = known.reduce((text, { from }, index) => text.replaceAll(from, placeOf(index)), local);
  const words = placed.match(/\p{Letter}+/gu) ?? [];
  const initialOf = (word: string) => known.find(({ from }) => from.startsWith(word))?.to.charAt(0);
  if (words.some((word) => word.length > 1 || initialOf(word) === undefined)) return undefined;
  const initials = placed.replace(/\p{Letter}/gu, (letter) => initialOf(letter) ?? '');
  return known.reduce((text, { to }, index) => text.replaceAll(placeOf(index), to), initials);
}

/** Characters that no address holds stand for the names until all are found. */
const FIRST_PLACE = 0xe000;

function plainLocal(text: string): string {
  return withoutAccents(text).toLowerCase();
}

function plain(text = ''): string {
  return withoutAccents(text)
    .toLowerCase()
    .replace(/[^a-z-]/g, '');
}

function withoutAccents(text: string): string {
  return text.normalize('NFD').replace(/\p{Mark}/gu, '');
}
