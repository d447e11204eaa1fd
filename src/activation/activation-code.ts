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
