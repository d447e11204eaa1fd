import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Dependencies } from './register-client.ts';
import { lockClient, markDeleted } from './store.ts';

export type DeletionResult = { outcome: 'deleted' } | { outcome: 'unknown' };

/** Its row stays, for the ledger speaks of it; its id is never given again. */
export function createDeleteClient({ db, now }: Pick<Dependencies, 'db' | 'now'>) {
  return (by: Actor, given: { clientId: string; reason?: string | undefined }): Promise<DeletionResult> =>
    db.transaction().execute(async (tx) => {
      const { clientId, reason } = given;
      if (!(await lockClient(tx, clientId))) return { outcome: 'unknown' };
      await markDeleted(tx, clientId, now());
      await record(
        tx,
        by,
        { name: 'client.deleted', details: { clientId }, ...(reason && { reason }) },
        now(),
      );
      return { outcome: 'deleted' };
    });
}
