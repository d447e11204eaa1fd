import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { digestWindowWord, generateWindowWord, parseWindowWord } from '../../src/activation/window-word.ts';
import { createDigests } from '../../src/crypto/digests.ts';
import { wordsOf } from '../../src/crypto/word-lists.ts';

describe('the word on the board', () => {
  it('is read back however it is typed', () => {
    for (let round = 0; round < 50; round += 1) {
      const word = generateWindowWord();
      expect(parseWindowWord(` ${word.toUpperCase()} `)).toBe(word);
    }
  });

  it('reads every word of the list as itself', () => {
    expect(wordsOf('window').filter((word) => parseWindowWord(word) !== word)).toEqual([]);
  });

  it('does not mind accents and ligatures', () => {
    expect(parseWindowWord('Épée')).toBe('epee');
    expect(parseWindowWord('cœur')).toBe('coeur');
    expect(parseWindowWord('e\u0301toile')).toBe('etoile');
  });

  it.each(['', ' ', 'a', 'deux mots', 'mot1', '\u0430bri', 'x'.repeat(41), 'abri\0'])(
    'refuses %j',
    (typed) => {
      expect(parseWindowWord(typed)).toBeUndefined();
    },
  );

  it('is kept as the digest of its purpose', () => {
    const digests = createDigests(randomBytes(32));
    const word = generateWindowWord();
    expect(digestWindowWord(digests, word)).toEqual(digests.of('window-word', word));
  });
});
