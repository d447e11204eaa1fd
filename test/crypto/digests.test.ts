import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createDigests } from '../../src/crypto/digests.ts';
import { isSameBytes, randomToken } from '../../src/crypto/tokens.ts';

describe('digests', () => {
  const key = randomBytes(32);
  const digests = createDigests(key);

  it('is HMAC-SHA-256 under a subkey derived for the purpose', () => {
    const subkey = Buffer.from(hkdfSync('sha256', key, '', 'preau/digest/mail', 32));
    const expected = createHmac('sha256', subkey).update('lina@example.org').digest();
    expect(digests.of('mail', 'lina@example.org')).toEqual(expected);
    expect(digests.textOf('mail', 'lina@example.org')).toBe(expected.toString('base64url'));
  });

  it('gives the same value another digest for another purpose and under another key', () => {
    expect(digests.of('mail', 'x')).not.toEqual(digests.of('username', 'x'));
    expect(digests.of('mail', 'x')).not.toEqual(createDigests(randomBytes(32)).of('mail', 'x'));
  });

  it('is stable over instances and 32 bytes long for any value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const digest = digests.of('ine', value);
        return digest.length === 32 && digest.equals(createDigests(key).of('ine', value));
      }),
    );
  });

  it('refuses a short key', () => {
    expect(() => createDigests(Buffer.alloc(16))).toThrow('32 bytes');
  });
});

describe('tokens', () => {
  it('are base64url of the asked length and never repeat', () => {
    expect(randomToken()).toMatch(/^[\w-]{43}$/);
    expect(randomToken(16)).toMatch(/^[\w-]{22}$/);
    expect(new Set(Array.from({ length: 1000 }, () => randomToken())).size).toBe(1000);
  });

  it('compare by content, whatever the lengths', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (one, other) => {
        return isSameBytes(one, other) === Buffer.from(one).equals(other) && isSameBytes(one, one.slice());
      }),
    );
    expect(isSameBytes('é', Buffer.from('é'))).toBe(true);
    expect(isSameBytes('a', 'a\0')).toBe(false);
  });
});
