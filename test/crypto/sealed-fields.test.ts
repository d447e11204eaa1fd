import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SealBroken } from '../../src/crypto/envelope.ts';
import { keyVersionOf, sealerOf } from '../../src/crypto/sealed-fields.ts';

describe('sealed fields', () => {
  const key = randomBytes(32);
  const sealer = sealerOf(7, key);

  it('opens what it sealed, whatever it says', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        (text) => sealer.open('name', sealer.seal('name', text)) === text,
      ),
    );
  });

  it('seals the same text to other bytes each time', () => {
    expect(sealer.seal('name', 'Lina')).not.toEqual(sealer.seal('name', 'Lina'));
  });

  it('does not open another person, another field, another key or another key version', () => {
    const sealed = sealer.seal('given_name', 'Lina');
    expect(keyVersionOf(sealed)).toBe(1);
    expect(() => sealerOf(8, key).open('given_name', sealed)).toThrow(SealBroken);
    expect(() => sealer.open('family_name', sealed)).toThrow(SealBroken);
    expect(() => sealerOf(7, randomBytes(32)).open('given_name', sealed)).toThrow(SealBroken);
    expect(() => sealerOf(7, key, 2).open('given_name', sealed)).toThrow(SealBroken);
    const relabelled = Buffer.concat([Buffer.of(2), sealed.subarray(1)]);
    expect(() => sealerOf(7, key, 2).open('given_name', relabelled)).toThrow(SealBroken);
  });

  it('opens nothing truncated or with any bit flipped', () => {
    const sealed = sealer.seal('name', 'Lina');
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => sealer.open('name', sealed.subarray(0, length))).toThrow(SealBroken);
    }
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const flipped = Buffer.from(sealed);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => sealer.open('name', flipped)).toThrow(SealBroken);
    }
  });

  it('opens nothing made of random bytes, and its error quotes none of it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(() => sealer.open('name', bytes)).toThrow('field name of person 7 does not open');
      }),
    );
  });

  it('refuses a key of another size', () => {
    expect(() => sealerOf(7, Buffer.alloc(16))).toThrow('32 bytes');
  });
});
