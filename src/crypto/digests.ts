import { createHmac, hkdfSync, type KeyObject } from 'node:crypto';
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
  | 'next-registration-token'
  | 'offered-phrase'
  | 'oidc-record'
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
  /** The same as base64url: where bytes of its own for each would cost as much as the digest. */
  textOf(purpose: DigestPurpose, value: string): string;
}

/** `key` is Config.secrets.digestKey: it lies outside the database, so a dump alone can test no guess. */
export function createDigests(key: Buffer): Digests {
  if (key.length < 32) throw new Error('a digest key has at least 32 bytes');
  const subkeys = new Map<DigestPurpose, KeyObject>();
  const subkeyOf = (purpose: DigestPurpose) => {
    const known = subkeys.get(purpose);
    if (known) return known;
    const bytes = hkdfSync('sha256', key, '', `preau/digest/${purpose}`, 32);
    const made = keyObjectOf(Buffer.from(bytes));
    subkeys.set(purpose, made);
    return made;
  };
  const begin = (purpose: DigestPurpose, value: string) =>
    createHmac('sha256', subkeyOf(purpose)).update(value, 'utf8');
  return {
    of: (purpose, value) => begin(purpose, value).digest(),
    textOf: (purpose, value) => begin(purpose, value).digest('base64url'),
  };
}
