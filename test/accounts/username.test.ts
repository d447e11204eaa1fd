import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { generatePassphrase } from '../../src/accounts/passphrase.ts';
import { checkPassword } from '../../src/accounts/password-rules.ts';
import { generateUsername, LONGEST_USERNAME, normaliseUsername } from '../../src/accounts/username.ts';

describe('usernames', () => {
  it.each([
    ['Lina', 'lina'],
    ['Zoé-Lou', 'zoelou'],
    ["N'Golo", 'ngolo'],
    ['Œdipe', 'oedipe'],
    ['Maximilienne-Alexandrine', 'maximiliennealex'],
  ])('%s becomes %s, a word and a number', (givenName, start) => {
    expect(generateUsername(givenName)).toMatch(new RegExp(`^${start}\\.[a-z]{4,8}[1-9]\\d{1,2}$`));
  });

  it.each(['', '   ', '李娜', '😀', '\u202e'])('does without a name it cannot write: %j', (givenName) => {
    expect(generateUsername(givenName)).toMatch(/^[a-z]{4,8}\.[a-z]{4,8}[1-9]\d{1,2}$/);
  });

  it('are short, plain and their own normal form, for any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (givenName) => {
        const username = generateUsername(givenName);
        expect(username).toMatch(/^[a-z]+\.[a-z]+\d{2,3}$/);
        expect(username.length).toBeLessThanOrEqual(LONGEST_USERNAME);
        expect(normaliseUsername(` ${username.toUpperCase()} `)).toBe(username);
      }),
    );
  });

  it('do not follow from the name', () => {
    const drawn = new Set(Array.from({ length: 200 }, () => generateUsername('Lina')));
    expect(drawn.size).toBeGreaterThan(195);
  });
});

describe('generated passphrases', () => {
  it('are five words with dashes, and pass the rules of passwords', () => {
    for (let round = 0; round < 100; round += 1) {
      const passphrase = generatePassphrase();
      expect(passphrase).toMatch(/^[a-z]{4,8}(-[a-z]{4,8}){4}$/);
      expect(checkPassword(passphrase, { words: ['Lina', 'Martin', 'Collège Jean Moulin'] }).outcome).toBe(
        'accepted',
      );
    }
  });
});
