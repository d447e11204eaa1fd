import { randomInt, timingSafeEqual } from 'node:crypto';
import type { Digests } from '../crypto/digests.ts';
import type { RelyingParty } from './relying-party.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Letters and digits only: RPs disagree on how to encode anything else in HTTP Basic (RFC 6749 §2.3.1). */
export function generateLettersAndDigits(length: number): string {
  return Array.from({ length }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
}

/** 24 characters: 142 bits, so that nobody registers another's by chance. */
export const generateClientId = (): string => generateLettersAndDigits(24);

/** 48 characters: 285 bits; never kept, only its HMAC. */
export const generateClientSecret = (): string => generateLettersAndDigits(48);

export function clientSecretDigest(digests: Digests, clientId: string, secret: string): Buffer {
  return digests.of('client-secret', JSON.stringify([clientId, secret]));
}

/** Any secret that has not expired; every one is compared, whichever fits. */
export function isSecretOf(
  digests: Digests,
  party: Pick<RelyingParty, 'clientId' | 'secrets'>,
  given: { secret: string; at: Date },
): boolean {
  const digest = clientSecretDigest(digests, party.clientId, given.secret);
  const fitting = party.secrets.map(
    ({ digest: known, expiresAt }) => timingSafeEqual(known, digest) && (!expiresAt || expiresAt > given.at),
  );
  return fitting.includes(true);
}
