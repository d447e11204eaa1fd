import { describe, expect, it } from '@jest/globals';
import { randomWord, wordsOf } from '../../src/crypto/word-lists.ts';

describe('the word lists', () => {
  it.each(['passphrase', 'window'] as const)('%s has plain, distinct, sorted words', (name) => {
    const words = wordsOf(name);
    expect(words.filter((word) => !/^[a-z]{4,10}$/.test(word))).toEqual([]);
    expect([...new Set(words)].sort()).toEqual(words);
  });

  it('gives five words of the passphrase list at least 51 bits', () => {
    expect(wordsOf('passphrase')).toHaveLength(2048);
    expect(5 * Math.log2(wordsOf('passphrase').length)).toBeGreaterThanOrEqual(51);
  });

  it('has at least 4,096 words for the board', () => {
    expect(wordsOf('window').length).toBeGreaterThanOrEqual(4096);
  });

  it('has no two passphrase words that one slip of the finger makes equal', () => {
    const seen = new Map<string, string>();
    const clashes: string[] = [];
    for (const word of wordsOf('passphrase')) {
      for (const slip of slipsOf(word)) {
        const other = seen.get(slip);
        if (other !== undefined && other !== word) clashes.push(`${word} ${other}`);
        seen.set(slip, word);
      }
    }
    expect(clashes).toEqual([]);
  });

  it('blocks at least 3,000 common passwords that are long enough to be chosen', () => {
    expect(wordsOf('common-passwords').filter((word) => word.length >= 12).length).toBeGreaterThan(3000);
  });

  it('draws many different words', () => {
    const drawn = new Set(Array.from({ length: 400 }, () => randomWord('window')));
    expect(drawn.size).toBeGreaterThan(300);
  });
});

/** The word itself, each letter replaced by a mark, each letter left out by the shorter word. */
function slipsOf(word: string): string[] {
  const places = Array.from(word, (_, at) => at);
  const changed = places.map((at) => `${word.slice(0, at)}?${word.slice(at + 1)}`);
  const added = [...places, word.length].map((at) => `${word.slice(0, at)}?${word.slice(at)}`);
  return [...changed, ...added];
}
