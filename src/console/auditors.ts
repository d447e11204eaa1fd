import { type Place, type Right, rightFor } from '../rights/rights.ts';
import { ROLES } from '../rights/roles.ts';

/**
 * An auditor is told how many of the numbers are nobody; whoever may open a record, anywhere, is not: for them decoys
 * are there.
 */
export function isToldOfDecoys(rights: readonly Right[], place: Place): boolean {
  const isAuditor = rightFor(rights, 'see-audit', place)?.role === 'auditor';
  return isAuditor && !rights.some(({ role }) => ROLES[role].acts.includes('read-people'));
}
