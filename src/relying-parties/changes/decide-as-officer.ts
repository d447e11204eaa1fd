import type { Judged } from '../../orders/judged.ts';
import type { Confirm, Confirmed } from '../../rights/confirm.ts';
import type { Tx } from '../../storage/postgres.ts';
import { hasSay } from '../contracts/say.ts';
import { selectVersions } from '../contracts/store.ts';
import { holding, lockClient } from '../store.ts';
import { approveChange, type Decided, type Decision, refuseChange } from './decide.ts';
import { selectChanges } from './store.ts';

export type OfficerDecided =
  | Decided
  | { outcome: 'not-allowed' }
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
      if (!(await isWaiting(tx, decision))) return { outcome: 'nothing-asked' };
      if (!(await hasSayOver(tx, { person, clientId: decision.clientId, at })))
        return { outcome: 'not-allowed' };
      const confirmed = await confirm(tx, { inForce, at });
      if (confirmed.outcome !== 'confirmed') return confirmed;
      const decide = verdict === 'approve' ? approveChange : refuseChange;
      return decide(tx, { by: { kind: 'person', person }, decision, at });
    }, holding(decision.clientId));
}

/** Held until the transaction ends. */
async function isWaiting(tx: Tx, { clientId, change }: Asked['decision']): Promise<boolean> {
  if (!(await lockClient(tx, clientId))) return false;
  return (await selectChanges(tx, { clientId })).some(({ id }) => id === change);
}

async function hasSayOver(
  tx: Tx,
  { person, clientId, at }: { person: number; clientId: string; at: Date },
): Promise<boolean> {
  const versions = await selectVersions(tx, { clientId });
  const inForce = versions.find(({ state }) => state === 'approved' || state === 'suspended');
  return inForce !== undefined && hasSay(tx, { person, terms: inForce.terms, at });
}
