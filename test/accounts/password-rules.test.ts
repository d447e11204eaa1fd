import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkPassword } from '../../src/accounts/password-rules.ts';

const context = { words: ['Lina', 'Müller-Petit', 'Collège Jean Moulin', 'lina.carotte47'] };
const outcomeOf = (password: string) => checkPassword(password, context).outcome;

describe('the password rules', () => {
  it('count code points, not bytes or halves', () => {
    expect(outcomeOf('kq7 zv2 m9x')).toBe('too-short');
    expect(outcomeOf('kq7 zv2 m9xp')).toBe('accepted');
    expect(outcomeOf('🦊🐢🐙🦉🐸🦋')).toBe('too-short');
    expect(outcomeOf('🦊🐢🐙🦉🐸🦋🐝🐞🦀🐳🐬🦭')).toBe('accepted');
    expect(outcomeOf('e\u0301'.repeat(6))).toBe('too-short');
  });

  it('ask for no kinds of characters and accept every one', () => {
    expect(outcomeOf('une girafe mange des nuages')).toBe('accepted');
    expect(outcomeOf('848392017465')).toBe('accepted');
    expect(outcomeOf('жираф ест облака')).toBe('accepted');
  });

  it('end at 4,096 code points and do not work on megabytes', () => {
    const long = Array.from({ length: 1000 }, (_, number) => `mot${number}`)
      .join(' ')
      .slice(0, 4096);
    expect(outcomeOf(long)).toBe('accepted');
    expect(outcomeOf(`${long}x`)).toBe('too-long');
    expect(outcomeOf('x'.repeat(20_000_000))).toBe('too-long');
    expect(outcomeOf('ab'.repeat(2000))).toBe('too-common');
  });

  it.each([
    'motdepasse123',
    'MotDePasse2026!',
    'Password2026!',
    'p@ssw0rd!!!!!',
    'azertyuiopqs',
    'qwertyuiop123',
    '123456789012',
    '210987654321',
    'aaaaaaaaaaaa',
    'abababababab',
    'abcdefghijkl',
    'doudoudoudou',
    'soleil-soleil',
    'football999999',
    '1qaz2wsx3edc4rfv',
    'jaimelechocolat',
    'Ilovemyfamily',
  ])('refuse %s as common', (password) => {
    expect(outcomeOf(password)).toBe('too-common');
  });

  it.each([
    'LinaMuller2011',
    'linapetit12345',
    'jeanmoulin2026',
    'L1na-Mull3r-P3tit',
    'preaupreau26',
    'Müller-Petit1!',
  ])('refuse %s, which leans on what is known of the person', (password) => {
    expect(outcomeOf(password)).toBe('contains-context');
  });

  it('accept a known word inside what is long enough without it', () => {
    expect(outcomeOf('lina aime les girafes bleues')).toBe('accepted');
    expect(outcomeOf('moulin-carotte-lapin-nuage')).toBe('accepted');
  });

  it('answer any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (password) => {
        return ['accepted', 'too-short', 'too-long', 'too-common', 'contains-context'].includes(
          outcomeOf(password),
        );
      }),
    );
  });
});
