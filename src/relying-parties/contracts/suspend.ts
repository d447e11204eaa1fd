import type { Actor } from '../../audit/actor.ts';
import type { AuditEvent } from '../../audit/events.ts';
import { record } from '../../audit/record.ts';
import type { ContractState } from '../../storage/schema.ts';
import { holdClient } from '../store.ts';
import type { Dependencies } from './propose.ts';
import { moveVersion } from './store.ts';

export type StateChange = { outcome: 'done'; version: number } | { outcome: 'not-so' };

interface Given {
  clientId: string;
  reason?: string | undefined;
}

/** From the next request on the relying party gets nothing. */
export const createSuspendContract = (from: Dependencies) =>
  stateChange(from, { from: ['approved'], to: 'suspended', event: 'contract.suspended' });

export const createResumeContract = (from: Dependencies) =>
  stateChange(from, { from: ['suspended'], to: 'approved', event: 'contract.resumed' });

interface Step {
  from: readonly ContractState[];
  to: ContractState;
  event: AuditEvent;
}

function stateChange({ db, now }: Dependencies, step: Step) {
  return (by: Actor, { clientId, reason }: Given): Promise<StateChange> =>
    db.transaction().execute(async (tx) => {
      const at = now();
      if (!(await holdClient(tx, clientId))) return { outcome: 'not-so' };
      const moved = await moveVersion(tx, { clientId, from: step.from, to: step.to, at });
      if (!moved) return { outcome: 'not-so' };
      const details = { clientId, version: moved.version };
      await record(tx, by, { name: step.event, details, ...(reason && { reason }) }, at);
      return { outcome: 'done', version: moved.version };
    });
}
