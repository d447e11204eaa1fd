import { inGroups, parseCrockford, randomCrockford } from '../crypto/crockford.ts';
import type { Digests } from '../crypto/digests.ts';

/** 15 characters of Crockford base 32: 75 bits (NIST SP 800-63B-4 asks for 64); no activation code is as long. */
export type RecoveryCode = string & { readonly brand: 'RecoveryCode' };

const LENGTH = 15;
const CODES = 10;

/** A new set of ten: the holder keeps them, we keep their digests, the former set is void. */
export function generateRecoveryCodes(): RecoveryCode[] {
  const codes = new Set<string>();
  while (codes.size < CODES) codes.add(randomCrockford(LENGTH));
  return [...codes] as RecoveryCode[];
}

export function parseRecoveryCode(typed: string): RecoveryCode | undefined {
  return parseCrockford(typed, LENGTH) as RecoveryCode | undefined;
}

/** Three groups of five. */
export function formatRecoveryCode(code: RecoveryCode): string {
  return inGroups(code, 5, '-');
}

export function digestRecoveryCode(digests: Digests, code: RecoveryCode): Buffer {
  return digests.of('recovery-code', code);
}
