import type { Judged } from '../../orders/judged.ts';
import type { Confirm, Confirmed } from '../../rights/confirm.ts';
import { approverOf } from '../contracts/approve.ts';
import { hasSay } from '../contracts/say.ts';
import { countsAsOne } from '../contracts/tally.ts';
import { holdClient, holding } from '../store.ts';
import { type Approved, approveChange, type Decision, refuseChange } from './decide.ts';
import { findWaiting, standingOf } from './standing.ts';

export type OfficerDecided =
  | Approved
  | { outcome: 'not-allowed' }
  /** Whoever approved before is linked with this one: two who count as one. */
  | { outcome: 'counts-as-one' }
  | Exclude<Confirmed, { outcome: 'confirmed' }>;

export interface Asked {
  person: number;
  verdict: 'approve' | 'refuse';
  decision: Decision;
  confirm: Confirm;
}

/** By right of an office over the contract in force, with a code given for this one act. */
export function createDecideChangeAsOfficer({ judged, now }: { judged: Judged; now: () => Date }) {
  return ({ person, verdict, decision, confirm }: Asked): Promise<OfficerDecided> =>
    judged(async (tx, inForce): Promise<OfficerDecided> => {
      const at = now();
      const by = { kind: 'person', person } as const;
      const isHeld = await holdClient(tx, decision.clientId);
      const change = isHeld && (await findWaiting(tx, decision));
      if (!change) return { outcome: 'nothing-asked' };
      const standing = await standingOf(tx, change, at);
      if (!(await hasSay(tx, { person, ...standing }))) return { outcome: 'not-allowed' };
      if (verdict === 'approve' && (await countsAsOne(tx, { person, ...standing })))
        return { outcome: 'counts-as-one' };
      const confirmed = await confirm(tx, { inForce, at });
      if (confirmed.outcome !== 'confirmed') return confirmed;
      if (verdict === 'refuse') return refuseChange(tx, { by, decision, at });
      return approveChange(tx, { by, approver: approverOf(by, 'os-users'), decision, at });
    }, holding(decision.clientId));
}
