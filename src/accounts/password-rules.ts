import { wordsOf } from '../crypto/word-lists.ts';

export const SHORTEST_PASSWORD = 12;
export const LONGEST_PASSWORD = 4096;

export type PasswordCheck =
  | { outcome: 'accepted' }
  | { outcome: 'too-short' }
  | { outcome: 'too-long' }
  | { outcome: 'too-common' }
  | { outcome: 'contains-context' };

const PRODUCT_WORDS = ['préau'];
const MOST_BYTES = 1024 * 1024;

/**
 * What a person may choose: length, not ingredients. `words` is what an attacker would try first for this person:
 * names, username, school, town.
 */
export function checkPassword(password: string, context: { words: readonly string[] }): PasswordCheck {
  if (Buffer.byteLength(password) > MOST_BYTES) return { outcome: 'too-long' };
  const length = codePoints(password.normalize('NFC'));
  if (length < SHORTEST_PASSWORD) return { outcome: 'too-short' };
  if (length > LONGEST_PASSWORD) return { outcome: 'too-long' };
  const readings = readingsOf(password);
  if (readings.some(isCommon)) return { outcome: 'too-common' };
  const words = contextWords([...PRODUCT_WORDS, ...context.words]);
  if (readings.some((reading) => leansOn(words, reading))) return { outcome: 'contains-context' };
  return { outcome: 'accepted' };
}

/** Without case and accents; and once more with the digits and signs that stand for letters read as letters. */
function readingsOf(password: string): string[] {
  const plain = fold(password);
  const lettered = plain
    .replaceAll('@', 'a')
    .replaceAll('4', 'a')
    .replaceAll('3', 'e')
    .replaceAll('0', 'o')
    .replaceAll('1', 'i')
    .replace(/[$5]/g, 's');
  return [...new Set([plain, lettered])];
}

function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase();
}

/** A known password as it is, or decorated in the ways everybody knows: 2026! after it, dashes in it, twice. */
function isCommon(reading: string): boolean {
  if (isRun(reading)) return true;
  const bare = reading.replace(/[^\p{Letter}\p{Number}]/gu, '');
  const core = bare.replace(/^\p{Number}+|\p{Number}+$/gu, '');
  const candidates = [reading, bare, core].filter((candidate) => candidate !== '');
  return candidates.some((candidate) => {
    const unit = repeatedUnit(candidate);
    const isShortPattern = unit !== candidate && codePoints(unit) < 4;
    return isShortPattern || commonPasswords().has(candidate) || commonPasswords().has(unit);
  });
}

/** aaaaaaaaaaaa, abcdefghijkl, 987654321098. */
function isRun(reading: string): boolean {
  const codes = Array.from(reading, (character) => character.codePointAt(0) ?? 0);
  const steps = new Set(codes.slice(1).map((code, index) => wrapDigit(code - (codes[index] ?? 0))));
  return steps.size === 1 && [...steps].every((step) => Math.abs(step) <= 1);
}

/** 9 is followed by 0. */
function wrapDigit(step: number): number {
  return Math.abs(step) === 9 ? -Math.sign(step) : step;
}

/** "abcabcabc" is "abc": found in the text written twice (linear; a pattern with a back reference is not). */
function repeatedUnit(text: string): string {
  const period = `${text}${text}`.indexOf(text, 1);
  return period > 0 && period < text.length ? text.slice(0, period) : text;
}

/** Take the known words out: if what remains would be too short alone, they are what carries it. */
function leansOn(words: readonly string[], reading: string): boolean {
  const remaining = words.reduce((text, word) => text.replaceAll(word, ''), reading);
  return remaining !== reading && codePoints(remaining) < SHORTEST_PASSWORD;
}

function contextWords(words: readonly string[]): string[] {
  const parts = words.flatMap((word) => fold(word).split(/[^\p{Letter}\p{Number}]+/u));
  const known = new Set(parts.filter((part) => codePoints(part) >= 3));
  return [...known].sort((one, other) => other.length - one.length);
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

let common: ReadonlySet<string> | undefined;
function commonPasswords(): ReadonlySet<string> {
  common ??= new Set(wordsOf('common-passwords'));
  return common;
}
