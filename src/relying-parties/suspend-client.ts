import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Dependencies } from './register-client.ts';
import { setSuspended } from './store.ts';

export type SuspensionResult = { outcome: 'done' } | { outcome: 'not-so' };

/** Shut out from the next request on, whatever its contract says. */
export function createSuspendClient({ db, now }: Pick<Dependencies, 'db' | 'now'>) {
  return (by: Actor, given: Given): Promise<SuspensionResult> =>
    db.transaction().execute(async (tx) => {
      const at = now();
      const { clientId, reason } = given;
      if (!(await setSuspended(tx, { clientId, suspendedAt: at }))) return { outcome: 'not-so' };
      const details = { clientId };
      await record(tx, by, { name: 'client.suspended', details, ...(reason && { reason }) }, at);
      return { outcome: 'done' };
    });
}

export function createResumeClient({ db, now }: Pick<Dependencies, 'db' | 'now'>) {
  return (by: Actor, given: Given): Promise<SuspensionResult> =>
    db.transaction().execute(async (tx) => {
      const { clientId, reason } = given;
      if (!(await setSuspended(tx, { clientId, suspendedAt: null }))) return { outcome: 'not-so' };
      const details = { clientId };
      await record(tx, by, { name: 'client.resumed', details, ...(reason && { reason }) }, now());
      return { outcome: 'done' };
    });
}

interface Given {
  clientId: string;
  reason?: string | undefined;
}
