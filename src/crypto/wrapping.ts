import { contextOf } from './context.ts';
import { openBytes, SealBroken, sealBytes } from './envelope.ts';

/**
 * Which key is wrapped. The only module that knows how: a dormant person's key can later be wrapped to somebody
 * else than the server (design D3) by another pair of functions here.
 */
export type WrappedKey =
  | { kind: 'data-key'; id: number }
  | { kind: 'person-key'; person: number; dataKey: number };

export function wrapKey(which: WrappedKey, under: Buffer, key: Buffer): Buffer {
  if (key.length !== 32) throw new Error('a key to wrap has 32 bytes');
  return sealBytes(under, contextOfKey(which), key);
}

/** Throws SealBroken. */
export function unwrapKey(which: WrappedKey, under: Buffer, wrapped: Uint8Array): Buffer {
  const key = openBytes(under, contextOfKey(which), wrapped, nameOfKey(which));
  if (key.length !== 32) throw new SealBroken(nameOfKey(which));
  return key;
}

function contextOfKey(which: WrappedKey): Buffer {
  return which.kind === 'data-key'
    ? contextOf('preau/data-key', which.id)
    : contextOf('preau/person-key', which.person, which.dataKey);
}

function nameOfKey(which: WrappedKey): string {
  return which.kind === 'data-key' ? `data key ${which.id}` : `the key of person ${which.person}`;
}
