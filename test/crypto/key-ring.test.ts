import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SealBroken } from '../../src/crypto/envelope.ts';
import { createKeyRing, createSecretSealer, newDataKey, wrapDataKey } from '../../src/crypto/key-ring.ts';

describe('the key ring', () => {
  const wrappingKey = randomBytes(32);
  const first = newDataKey(wrappingKey, 1);
  const ring = createKeyRing({ wrappingKey, dataKeys: [first] });

  it('opens a person key it made, also after a data key was added', () => {
    const { key, wrapped, dataKey } = ring.newPersonKey(12);
    const grown = createKeyRing({ wrappingKey, dataKeys: [first, newDataKey(wrappingKey, 2)] });
    expect(key).toHaveLength(32);
    expect(wrapped.includes(key)).toBe(false);
    expect(ring.openPersonKey({ person: 12, wrapped, dataKey })).toEqual(key);
    expect(grown.openPersonKey({ person: 12, wrapped, dataKey })).toEqual(key);
    expect(grown.currentDataKey).toBe(2);
    expect(grown.newPersonKey(13).dataKey).toBe(2);
  });

  it('does not open the key of another person or under another data key', () => {
    const { wrapped } = ring.newPersonKey(12);
    const dataKey = randomBytes(32);
    const dataKeys = [1, 2].map((id) => ({ id, wrapped: wrapDataKey(wrappingKey, id, dataKey) }));
    const twins = createKeyRing({ wrappingKey, dataKeys });
    expect(() => ring.openPersonKey({ person: 13, wrapped, dataKey: 1 })).toThrow(SealBroken);
    const made = twins.newPersonKey(12);
    expect(() => twins.openPersonKey({ person: 12, wrapped: made.wrapped, dataKey: 1 })).toThrow(SealBroken);
    expect(() => ring.openPersonKey({ person: 12, wrapped, dataKey: 9 })).toThrow('data key 9');
  });

  it('does not start with a wrong wrapping key, a swapped or altered data key, or none', () => {
    expect(() => createKeyRing({ wrappingKey: randomBytes(32), dataKeys: [first] })).toThrow(SealBroken);
    expect(() => createKeyRing({ wrappingKey, dataKeys: [{ ...first, id: 2 }] })).toThrow(SealBroken);
    const cut = first.wrapped.subarray(0, first.wrapped.length - 1);
    expect(() => createKeyRing({ wrappingKey, dataKeys: [{ id: 1, wrapped: cut }] })).toThrow(SealBroken);
    expect(() => createKeyRing({ wrappingKey, dataKeys: [] })).toThrow('needs a data key');
  });

  it('opens a secret under its own label only, with or without data keys', () => {
    const sealed = ring.sealSecret('signing-key', Buffer.from('secret'));
    expect(createSecretSealer(wrappingKey).openSecret('signing-key', sealed).toString()).toBe('secret');
    expect(() => ring.openSecret('roster-plan', sealed)).toThrow(SealBroken);
    expect(() => createSecretSealer(randomBytes(32)).openSecret('signing-key', sealed)).toThrow(SealBroken);
  });

  it('takes no wrapped data key for a secret', () => {
    expect(() => ring.openSecret('data-key', first.wrapped)).toThrow(SealBroken);
  });
});
