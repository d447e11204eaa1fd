import { holdRight } from '../../rights/giving-store.ts';
import { type Right, rightsOf } from '../../rights/rights.ts';
import type { Tx } from '../../storage/postgres.ts';
import { selectApprovers } from './store.ts';
import type { Terms } from './terms.ts';

export async function hasSay(tx: Tx, given: { person: number; terms: Terms; at: Date }): Promise<boolean> {
  const right = (await rightsOf(tx, given.person, given.at)).find((one) => isOver(one, given.terms));
  return right !== undefined && holdRight(tx, right.id);
}

/** The nation decides on all; an académie on what is open to nobody else's schools. */
export function isOver({ role, scope }: Pick<Right, 'role' | 'scope'>, { open_to: openTo }: Terms): boolean {
  if (role === 'national-officer') return true;
  if (role !== 'academie-officer' || scope.kind !== 'academie' || !openTo) return false;
  return openTo.establishments.length === 0 && openTo.academies.every((one) => one === scope.academie);
}

interface Approved {
  clientId: string;
  version: number;
  terms: Terms;
  at: Date;
}

/** A person's approval is worth what their right is now: whoever was unmasked since has approved nothing. */
export async function approversThatCount(
  tx: Tx,
  { clientId, version, terms, at }: Approved,
): Promise<string[]> {
  const counting: string[] = [];
  for (const approver of await selectApprovers(tx, { clientId, version })) {
    const person = personIn(approver);
    if (person === undefined || (await hasSay(tx, { person, terms, at }))) counting.push(approver);
  }
  return counting;
}

export function personIn(approver: string): number | undefined {
  return /^person:\d+$/.test(approver) ? Number(approver.slice(7)) : undefined;
}
