import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import { endContract } from './contracts/end.ts';
import type { Dependencies } from './register-client.ts';
import { holdClient, markDeleted } from './store.ts';
import { wasApproved } from './update-client.ts';

export type DeletionResult =
  | { outcome: 'deleted' }
  | { outcome: 'unknown' }
  /** And was to be deleted in the sandbox alone. */
  | { outcome: 'approved' };

interface Deletion {
  clientId: string;
  /** `sandbox`: only while nobody has approved it. */
  within?: 'sandbox' | 'any-state';
  reason?: string | undefined;
}

/** Its row stays, for the ledger speaks of it, and its contract in the register; its id is never given again. */
export function createDeleteClient({ db, now }: Pick<Dependencies, 'db' | 'now'>) {
  return (by: Actor, { clientId, within, reason }: Deletion): Promise<DeletionResult> =>
    db.transaction().execute(async (tx) => {
      if (!(await holdClient(tx, clientId))) return { outcome: 'unknown' };
      if (within === 'sandbox' && (await wasApproved(tx, clientId))) return { outcome: 'approved' };
      const at = now();
      await endContract(tx, by, { clientId, reason, at });
      await markDeleted(tx, clientId, at);
      const details = { clientId };
      await record(tx, by, { name: 'client.deleted', details, ...(reason && { reason }) }, at);
      return { outcome: 'deleted' };
    });
}
