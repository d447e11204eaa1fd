import type { Judged } from '../../orders/judged.ts';
import type { Confirm, Confirmed } from '../../rights/confirm.ts';
import { holdRight } from '../../rights/giving-store.ts';
import { areLinked } from '../../rights/linked.ts';
import { type Right, rightsOf } from '../../rights/rights.ts';
import type { Tx } from '../../storage/postgres.ts';
import { type Approval, approveIn, approverOf, type Decision, findToApprove } from './approve.ts';
import { selectApprovers } from './store.ts';
import type { Terms } from './terms.ts';

export interface Dependencies {
  judged: Judged;
  now: () => Date;
}

export type OfficerApproval =
  | Approval
  | { outcome: 'not-allowed' }
  /** Whoever approved before is linked with this one: two who count as one. */
  | { outcome: 'counts-as-one' }
  | Exclude<Confirmed, { outcome: 'confirmed' }>;

export interface Asked {
  person: number;
  decision: Decision;
  confirm: Confirm;
}

/** By right of an office, with a code given for this one act. */
export function createApproveAsOfficer({ judged, now }: Dependencies) {
  return ({ person, decision, confirm }: Asked): Promise<OfficerApproval> =>
    judged(async (tx, inForce): Promise<OfficerApproval> => {
      const at = now();
      const by = { kind: 'person', person } as const;
      const found = await findToApprove(tx, decision);
      if (found.outcome !== 'found') return found;
      if (!(await hasSay(tx, { person, terms: found.terms, at }))) return { outcome: 'not-allowed' };
      const { clientId } = decision;
      for (const other of await selectApprovers(tx, { clientId, version: found.version }))
        if (other !== person && (await areLinked(tx, person, other))) return { outcome: 'counts-as-one' };
      const confirmed = await confirm(tx, { inForce, at });
      if (confirmed.outcome !== 'confirmed') return confirmed;
      return approveIn(tx, { ...found, by, decision, approver: approverOf(by, 'os-users'), at });
    });
}

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
