import type { Actor } from '../../audit/actor.ts';
import { record } from '../../audit/record.ts';
import { lockClient } from '../store.ts';
import type { Dependencies } from './propose.ts';
import { moveVersion } from './store.ts';
import type { StateChange } from './suspend.ts';

/** For good, with whatever was proposed meanwhile. A new contract takes a new client. */
export function createEndContract({ db, now }: Dependencies) {
  return (
    by: Actor,
    { clientId, reason }: { clientId: string; reason?: string | undefined },
  ): Promise<StateChange> =>
    db.transaction().execute(async (tx) => {
      const at = now();
      if (!(await lockClient(tx, clientId))) return { outcome: 'not-so' };
      const inForce = await moveVersion(tx, { clientId, from: ['approved', 'suspended'], to: 'ended', at });
      const pending = await moveVersion(tx, {
        clientId,
        from: ['sandbox', 'requested'],
        to: inForce ? 'replaced' : 'ended',
        at,
      });
      const version = inForce?.version ?? pending?.version;
      if (version === undefined) return { outcome: 'not-so' };
      const details = { clientId, version };
      await record(tx, by, { name: 'contract.ended', details, ...(reason && { reason }) }, at);
      return { outcome: 'done', version };
    });
}
