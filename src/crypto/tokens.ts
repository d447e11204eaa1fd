import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Base64url from the CSPRNG; 32 bytes unless said otherwise. */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString('base64url');
}

/** Constant time for every pair of lengths: what is compared is always two SHA-256. */
export function isSameBytes(one: Uint8Array | string, other: Uint8Array | string): boolean {
  return timingSafeEqual(sha256(one), sha256(other));
}

function sha256(value: Uint8Array | string): Buffer {
  return createHash('sha256').update(value).digest();
}
