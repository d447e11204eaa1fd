import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import speakeasy from 'speakeasy';
import {
  generateTotpSecret,
  otpauthUri,
  secretInGroups,
  toBase32,
  verifyTotp,
} from '../../src/second-factors/totp.ts';

const secret = Buffer.from('12345678901234567890');
const at = (seconds: number) => new Date(seconds * 1000);
const otpAt = (seconds: number) =>
  speakeasy.totp({ secret: secret.toString('hex'), encoding: 'hex', time: seconds, step: 30 });

describe('TOTP', () => {
  // RFC 6238 appendix B, SHA-1; the last six of its eight digits.
  it.each([
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
    [20000000000, '353130'],
  ])('matches RFC 6238 at %i s', (seconds, typed) => {
    const step = Math.floor(seconds / 30);
    expect(verifyTotp({ secret, typed, now: at(seconds) })).toEqual({ outcome: 'matched', step });
  });

  it('accepts one step of drift each way and tells the step of the code, not of the clock', () => {
    const now = 1_800_000_015;
    const step = Math.floor(now / 30);
    for (const drift of [-1, 0, 1]) {
      const typed = otpAt(now + drift * 30);
      expect(verifyTotp({ secret, typed, now: at(now) })).toEqual({ outcome: 'matched', step: step + drift });
    }
    for (const drift of [-3, -2, 2, 3]) {
      expect(verifyTotp({ secret, typed: otpAt(now + drift * 30), now: at(now) })).toEqual({
        outcome: 'refused',
      });
    }
  });

  it('reads the space that apps show', () => {
    expect(verifyTotp({ secret, typed: ' 287 082 ', now: at(59) }).outcome).toBe('matched');
  });

  it.each([
    '',
    '28708',
    '2870822',
    '28708x',
    '81804x',
    '+81804',
    '8.1804',
    '0x13f8',
    '-87082',
    '２８７０８２',
    '2e5',
  ])('refuses %j', (typed) => {
    for (const seconds of [59, 1111111109]) {
      expect(verifyTotp({ secret, typed, now: at(seconds) })).toEqual({ outcome: 'refused' });
    }
  });

  it('accepts no other text than the three codes of the moment', () => {
    const now = 1_800_000_015;
    const right = new Set([-30, 0, 30].map((drift) => otpAt(now + drift)));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{6}$/)), (typed) => {
        const isMatch = verifyTotp({ secret, typed, now: at(now) }).outcome === 'matched';
        return isMatch === right.has(typed.replace(/\s/g, ''));
      }),
    );
  });
});

describe('a TOTP secret', () => {
  it('has 160 random bits', () => {
    expect(generateTotpSecret()).toHaveLength(20);
    expect(generateTotpSecret()).not.toEqual(generateTotpSecret());
  });

  // RFC 4648 §10
  it.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foobar', 'MZXW6YTBOI'],
  ])('is written in base 32: %j', (text, expected) => {
    expect(toBase32(Buffer.from(text))).toBe(expected);
  });

  it('stands in its page in groups of four', () => {
    expect(secretInGroups(secret)).toBe('GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ');
  });

  it('makes a link whose every part can be read back, whatever the names', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (issuer, username) => {
        const uri = otpauthUri({ issuer, username, secret });
        const parsed = new URL(uri);
        expect(parsed.hash).toBe('');
        expect(parsed.searchParams.get('secret')).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
        expect([...parsed.searchParams.keys()]).toEqual([
          'secret',
          'issuer',
          'algorithm',
          'digits',
          'period',
        ]);
        expect(uri.split('?')[0]?.match(/:/g)).toHaveLength(2);
      }),
    );
    expect(otpauthUri({ issuer: 'Préau & co: école', username: 'lina.carotte47', secret })).toBe(
      'otpauth://totp/Pr%C3%A9au%20%26%20co%20%20%C3%A9cole:lina.carotte47' +
        '?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Pr%C3%A9au%20%26%20co%20%20%C3%A9cole' +
        '&algorithm=SHA1&digits=6&period=30',
    );
  });
});
