import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Dependencies } from './register-client.ts';
import { setInService, setSuspended } from './store.ts';

export type SuspensionResult = { outcome: 'done' } | { outcome: 'not-so' };

/** Shut out from the next request on, whatever its contract says. An operator's holds over its publisher's own. */
export function createSuspendClient({ db, now }: Pick<Dependencies, 'db' | 'now'>) {
  return (by: Actor, { clientId, reason, asPublisher = false }: Given): Promise<SuspensionResult> =>
    db.transaction().execute(async (tx) => {
      const at = now();
      if (!(await setSuspended(tx, { clientId, at, asPublisher }))) return { outcome: 'not-so' };
      const details = { clientId };
      await record(tx, by, { name: 'client.suspended', details, ...(reason && { reason }) }, at);
      return { outcome: 'done' };
    });
}

/** Its publisher lets in again only what it shut out itself. */
export function createResumeClient({ db, now }: Pick<Dependencies, 'db' | 'now'>) {
  return (by: Actor, { clientId, reason, asPublisher = false }: Given): Promise<SuspensionResult> =>
    db.transaction().execute(async (tx) => {
      if (!(await setInService(tx, { clientId, asPublisher }))) return { outcome: 'not-so' };
      const details = { clientId };
      await record(tx, by, { name: 'client.resumed', details, ...(reason && { reason }) }, now());
      return { outcome: 'done' };
    });
}

interface Given {
  clientId: string;
  reason?: string | undefined;
  asPublisher?: boolean;
}
