import { inGroups, parseCrockford, randomCrockford } from '../crypto/crockford.ts';
import type { Digests } from '../crypto/digests.ts';

/** 16 characters of Crockford base 32: 80 bits, in clear only on the letter it is printed on. */
export type ActivationCode = string & { readonly brand: 'ActivationCode' };

const LENGTH = 16;

export function generateActivationCode(): ActivationCode {
  return randomCrockford(LENGTH) as ActivationCode;
}

export function parseActivationCode(typed: string): ActivationCode | undefined {
  return parseCrockford(typed, LENGTH) as ActivationCode | undefined;
}

/** Four groups of four, as it stands on the letter. */
export function formatActivationCode(code: ActivationCode): string {
  return inGroups(code, 4, '-');
}

export function digestActivationCode(digests: Digests, code: ActivationCode): Buffer {
  return digests.of('activation-code', code);
}

/** Of whatever was typed: nothing has the digest of what is no code, and it is looked up like one. */
export function codeDigestOf(digests: Digests, typed: string): Buffer {
  const code = parseActivationCode(typed);
  return code ? digestActivationCode(digests, code) : Buffer.alloc(32);
}
