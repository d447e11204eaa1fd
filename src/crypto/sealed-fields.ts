import { contextOf } from './context.ts';
import { openBytes, SealBroken, sealBytes } from './envelope.ts';

/** Seals and opens one person's fields: a sealed name put in another row, person or column does not open. */
export interface Sealer {
  readonly person: number;
  seal(field: string, plaintext: string): Buffer;
  /** Throws SealBroken. */
  open(field: string, sealed: Uint8Array): string;
}

const FIRST_KEY_VERSION = 1;

/** `key` comes from KeyRing; `keyVersion` rises when a person's key is replaced and the fields are sealed anew. */
export function sealerOf(person: number, key: Buffer, keyVersion = FIRST_KEY_VERSION): Sealer {
  if (key.length !== 32) throw new Error('the key of a person has 32 bytes');
  if (!Number.isInteger(keyVersion) || keyVersion < 1 || keyVersion > 255)
    throw new Error('key version: 1 to 255');
  const contextOfField = (field: string) => contextOf('preau/field', person, field, keyVersion);
  return {
    person,
    seal(field, plaintext) {
      const sealed = sealBytes(key, contextOfField(field), Buffer.from(plaintext, 'utf8'));
      return Buffer.concat([Buffer.of(keyVersion), sealed]);
    },
    open(field, sealed) {
      const what = `field ${field} of person ${person}`;
      if (sealed[0] !== keyVersion) throw new SealBroken(what);
      return openBytes(key, contextOfField(field), sealed.subarray(1), what).toString('utf8');
    },
  };
}

/** Which version of the person's key sealed this: the first byte. */
export function keyVersionOf(sealed: Uint8Array): number | undefined {
  return sealed[0];
}
