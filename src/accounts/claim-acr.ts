import type { Settings } from '../config.ts';

export type Acr = 'urn:preau:acr:place' | 'urn:preau:acr:one' | 'urn:preau:acr:two';

/** By ceremony: the most that an account claimed so is worth while one factor is given (`config/`). */
export type HighestAcr = Settings['activation']['highestAcr'];

/**
 * What a sign-in is worth. How an account was claimed stays on it and may cap what its password alone counts for,
 * until a second factor is given beside it. An account claimed before the caps were known has none.
 */
export function acrOf(
  amr: readonly string[],
  { claimedBy, highest }: { claimedBy: string | undefined; highest: HighestAcr },
): Acr {
  if (amr.length > 1) return 'urn:preau:acr:two';
  const cap = Object.entries(highest).find(([ceremony]) => ceremony === claimedBy)?.[1];
  return cap ?? 'urn:preau:acr:one';
}
