import { createHmac } from 'node:crypto';
import { contextOf } from './context.ts';
import { keyObjectOf } from './key-objects.ts';

const SUB_BYTES = 33;

/** The `sub` one publisher knows a person by (design D10, OpenID Connect Core §8.1): 44 characters of base64url. */
export function pairwiseSub(
  from: { key: Buffer; keyVersion: number },
  publisherId: string,
  subjectId: string,
): string {
  if (from.key.length < 32) throw new Error('the pairwise key has at least 32 bytes');
  if (!Number.isInteger(from.keyVersion) || from.keyVersion < 1 || from.keyVersion > 255) {
    throw new Error('pairwise key version: 1 to 255');
  }
  const context = contextOf('preau/pairwise', from.keyVersion, publisherId, subjectId);
  const digest = createHmac('sha256', keyObjectOf(from.key)).update(context).digest();
  return Buffer.concat([Buffer.of(from.keyVersion), digest]).toString('base64url');
}

/** Under which key version a `sub` was made: what a rotation must go on answering for. */
export function keyVersionOfSub(sub: string): number | undefined {
  const bytes = Buffer.from(sub, 'base64url');
  return bytes.length === SUB_BYTES && bytes.toString('base64url') === sub ? bytes[0] : undefined;
}

/** The name one client knows a person by, where it wants one that can be typed: 80 bits in hexadecimal. */
export function pairwiseHandle(key: Buffer, clientId: string, subjectId: string): string {
  const digest = createHmac('sha256', keyObjectOf(key))
    .update(contextOf('preau/handle', 1, clientId, subjectId))
    .digest();
  return digest.subarray(0, 10).toString('hex');
}
