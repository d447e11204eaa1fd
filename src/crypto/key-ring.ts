import { hkdfSync, randomBytes } from 'node:crypto';
import { contextOf } from './context.ts';
import { openBytes, sealBytes } from './envelope.ts';
import { unwrapKey, wrapKey } from './wrapping.ts';

export interface StoredDataKey {
  readonly id: number;
  readonly wrapped: Uint8Array;
}

export interface KeyRing extends SecretSealer {
  /** New persons' keys are wrapped by this one: the highest id. */
  readonly currentDataKey: number;
  newPersonKey(person: number): { key: Buffer; wrapped: Buffer; dataKey: number };
  /** Throws SealBroken. A person whose key was dropped has nothing to open: ask the row first. */
  openPersonKey(stored: { person: number; wrapped: Uint8Array; dataKey: number }): Buffer;
}

/** For what belongs to no person: token-signing keys, stored roster plans. */
export interface SecretSealer {
  sealSecret(label: string, bytes: Uint8Array): Buffer;
  /** Throws SealBroken, also under another label than it was sealed with. */
  openSecret(label: string, sealed: Uint8Array): Buffer;
}

/** Opens every data key at once: a wrong wrapping key stops the start (SealBroken), not the first sign-in. */
export function createKeyRing(from: { wrappingKey: Buffer; dataKeys: readonly StoredDataKey[] }): KeyRing {
  const under = subkeyOf(from.wrappingKey, 'data-keys');
  const opened = new Map(
    from.dataKeys.map(
      ({ id, wrapped }) => [id, unwrapKey({ kind: 'data-key', id }, under, wrapped)] as const,
    ),
  );
  if (opened.size === 0) throw new Error('a key ring needs a data key');
  const currentDataKey = Math.max(...opened.keys());
  const getDataKey = (id: number) => {
    const found = opened.get(id);
    if (!found) throw new Error(`data key ${id} is not on the ring`);
    return found;
  };
  return {
    currentDataKey,
    newPersonKey(person) {
      const key = randomBytes(32);
      const which = { kind: 'person-key', person, dataKey: currentDataKey } as const;
      return { key, wrapped: wrapKey(which, getDataKey(currentDataKey), key), dataKey: currentDataKey };
    },
    openPersonKey({ person, wrapped, dataKey }) {
      return unwrapKey({ kind: 'person-key', person, dataKey }, getDataKey(dataKey), wrapped);
    },
    ...createSecretSealer(from.wrappingKey),
  };
}

/** Draws a data key and wraps it for the table `data_keys`. */
export function newDataKey(wrappingKey: Buffer, id: number): { id: number; wrapped: Buffer } {
  return { id, wrapped: wrapDataKey(wrappingKey, id, randomBytes(32)) };
}

export function wrapDataKey(wrappingKey: Buffer, id: number, dataKey: Buffer): Buffer {
  return wrapKey({ kind: 'data-key', id }, subkeyOf(wrappingKey, 'data-keys'), dataKey);
}

/** Needs the wrapping key alone: usable before any data key is read. */
export function createSecretSealer(wrappingKey: Buffer): SecretSealer {
  const key = subkeyOf(wrappingKey, 'secrets');
  return {
    sealSecret: (label, bytes) => sealBytes(key, contextOf('preau/secret', label), bytes),
    openSecret: (label, sealed) =>
      openBytes(key, contextOf('preau/secret', label), sealed, `secret ${label}`),
  };
}

function subkeyOf(wrappingKey: Buffer, use: 'data-keys' | 'secrets'): Buffer {
  if (wrappingKey.length !== 32) throw new Error('the wrapping key has 32 bytes');
  return Buffer.from(hkdfSync('sha256', wrappingKey, '', `preau/wrapping/${use}`, 32));
}
