import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { createHmacSha512, type HmacSha512 } from './hmac.ts';
import { keyObjectOf } from './key-objects.ts';

/** What a digest is of. Each purpose has a subkey of its own: equal values of two purposes never look equal. */
export type DigestPurpose =
  | 'activation-code'
  | 'address'
  | 'card'
  | 'ceremony'
  | 'claim-notice'
  | 'client-secret'
  | 'cookie'
  | 'device'
  | 'identifier-typed'
  | 'ine'
  | 'mail'
  | 'offered-phrase'
  | 'oidc-record'
  | 'oidc-seal'
  | 'phone'
  | 'recovery-code'
  | 'registration-token'
  | 'request-proof'
  | 'request-shown'
  | 'reset-code'
  | 'roster-key'
  | 'second-factor'
  | 'session-uid'
  | 'username'
  | 'window-word';

export interface Digests {
  /** HMAC-SHA-256, 32 bytes. Finds and compares; never shows what it was made of. */
  of(purpose: DigestPurpose, value: string): Buffer;
  /** By HMAC-SHA-512: what something is called and what it is sealed under, of which neither tells of the other. */
  nameAndKeyOf(purpose: DigestPurpose, value: string): NameAndKey;
}

export interface NameAndKey {
  /** Base64url of 32 bytes. */
  readonly name: string;
  /** Of 32 bytes. */
  readonly key: KeyObject;
}

/** `key` is Config.secrets.digestKey: it lies outside the database, so a dump alone can test no guess. */
export function createDigests(key: Buffer): Digests {
  if (key.length < 32) throw new Error('a digest key has at least 32 bytes');
  const subkeyOf = (purpose: DigestPurpose) =>
    Buffer.from(hkdfSync('sha256', key, '', `preau/digest/${purpose}`, 32));
  const keyFor = onceForEach((purpose): KeyObject => keyObjectOf(subkeyOf(purpose)));
  const drawerFor = onceForEach((purpose): HmacSha512 => createHmacSha512(subkeyOf(purpose)));
  return {
    of: (purpose, value) => createHmac('sha256', keyFor(purpose)).update(value, 'utf8').digest(),
    nameAndKeyOf(purpose, value) {
      const both = drawerFor(purpose)(value);
      return {
        name: Buffer.from(both.slice(0, 32), 'latin1').toString('base64url'),
        key: createSecretKey(both.slice(32), 'latin1'),
      };
    },
  };
}

function onceForEach<Made>(make: (purpose: DigestPurpose) => Made): (purpose: DigestPurpose) => Made {
  const known = new Map<DigestPurpose, Made>();
  return (purpose) => {
    const made = known.get(purpose) ?? make(purpose);
    known.set(purpose, made);
    return made;
  };
}
