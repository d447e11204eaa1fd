import { crockfordOf } from '../../crypto/crockford.ts';
import type { Digests } from '../../crypto/digests.ts';

/** What the screen shows is made from the token that only its browser holds: nothing readable is kept. */
export function digitsOf(digests: Digests, token: string): string {
  const drawn = digests.of('request-shown', token).readUIntBE(0, 6);
  return String(drawn % 100).padStart(2, '0');
}

export const DESK_CHARACTERS = 6;

export function deskCharactersOf(digests: Digests, token: string): string {
  return crockfordOf(digests.of('request-shown', token).subarray(0, DESK_CHARACTERS));
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isRequestId(text: string): boolean {
  return UUID.test(text);
}

/** What a second proof is compared with: worth nothing for any other request. */
export function proofDigest(digests: Digests, tokenDigest: Buffer, proof: string): Buffer {
  return digests.of('request-proof', `${tokenDigest.toString('hex')} ${proof}`);
}
