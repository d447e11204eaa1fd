import type { Judged } from '../../orders/judged.ts';
import type { Confirm, Confirmed } from '../../rights/confirm.ts';
import { holding } from '../store.ts';
import { type Approval, approveIn, approverOf, type Decision, findToApprove, standingOf } from './approve.ts';
import { hasSay } from './say.ts';
import { countsAsOne } from './tally.ts';

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
      const { version, terms } = found;
      const standing = await standingOf(tx, { clientId, version, terms, at });
      if (await countsAsOne(tx, { person, ...standing })) return { outcome: 'counts-as-one' };
      const confirmed = await confirm(tx, { inForce, at });
      if (confirmed.outcome !== 'confirmed') return confirmed;
      return approveIn(tx, { ...found, by, decision, approver: approverOf(by, 'os-users'), at });
    }, holding(decision.clientId));
}
