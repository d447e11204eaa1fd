import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  digestActivationCode,
  formatActivationCode,
  generateActivationCode,
  parseActivationCode,
} from '../../src/activation/activation-code.ts';
import { createDigests } from '../../src/crypto/digests.ts';

describe('the activation code', () => {
  it('has 16 characters of Crockford base 32, all of them in use', () => {
    const codes = Array.from({ length: 2000 }, generateActivationCode);
    for (const code of codes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{16}$/);
    expect(new Set(codes.join(''))).toHaveProperty('size', 32);
    expect(new Set(codes)).toHaveProperty('size', 2000);
  });

  it('is read back from its printed form, typed in any of the ways people type', () => {
    const code = generateActivationCode();
    const printed = formatActivationCode(code);
    expect(printed).toMatch(/^.{4}-.{4}-.{4}-.{4}$/);
    const typed = [
      printed,
      printed.toLowerCase(),
      ` ${printed} `,
      printed.replaceAll('-', ' \u2013\u00a0'),
      code,
    ];
    for (const text of typed) expect(parseActivationCode(text)).toBe(code);
  });

  it('reads O as 0 and I and L as 1', () => {
    expect(parseActivationCode('oOiI-lL00-1111-ABCD')).toBe('0011110011 11ABCD'.replace(' ', ''));
  });

  it.each([
    ['U', 'UUUU-0000-0000-0000'],
    ['too short', '0000-0000-0000-000'],
    ['too long', '0000-0000-0000-0000-0'],
    ['empty', ''],
    ['other signs', '0000.0000.0000.0000'],
    ['Cyrillic А', '\u0410000-0000-0000-0000'],
    ['full-width 0', '\uff10000-0000-0000-0000'],
    ['dotless ı', '\u0131000-0000-0000-0000'],
    ['long ſ', '\u017f000-0000-0000-0000'],
    ['a zero byte', '0000-0000-0000-000\0'],
    ['a flood of dashes', `0000000000000000${'-'.repeat(1_000_000)}`],
  ])('refuses %s', (_, typed) => {
    expect(parseActivationCode(typed)).toBeUndefined();
  });

  it('answers any text with a code or undefined, and a code reads as itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (typed) => {
        const code = parseActivationCode(typed);
        return code === undefined || parseActivationCode(formatActivationCode(code)) === code;
      }),
    );
  });

  it('is kept as the digest of its purpose', () => {
    const digests = createDigests(randomBytes(32));
    const code = generateActivationCode();
    expect(digestActivationCode(digests, code)).toEqual(digests.of('activation-code', code));
  });
});
