import type { Actor } from '../../audit/actor.ts';
import { record } from '../../audit/record.ts';
import type { Tx } from '../../storage/postgres.ts';
import { holdClient } from '../store.ts';
import type { Dependencies } from './propose.ts';
import { moveVersion } from './store.ts';
import type { StateChange } from './suspend.ts';

interface End {
  clientId: string;
  reason?: string | undefined;
}

/** For good, with whatever was proposed meanwhile. A new contract takes a new client. */
export function createEndContract({ db, now }: Dependencies) {
  return (by: Actor, end: End): Promise<StateChange> =>
    db.transaction().execute(async (tx) => {
      if (!(await holdClient(tx, end.clientId))) return { outcome: 'not-so' };
      return endContract(tx, by, { ...end, at: now() });
    });
}

/** Of a client that is held. */
export async function endContract(
  tx: Tx,
  by: Actor,
  { clientId, reason, at }: End & { at: Date },
): Promise<StateChange> {
  const inForce = await moveVersion(tx, { clientId, from: ['approved', 'suspended'], to: 'ended', at });
  const to = inForce ? 'replaced' : 'ended';
  const pending = await moveVersion(tx, { clientId, from: ['sandbox', 'requested'], to, at });
  const version = inForce?.version ?? pending?.version;
  if (version === undefined) return { outcome: 'not-so' };
  const details = { clientId, version };
  await record(tx, by, { name: 'contract.ended', details, ...(reason && { reason }) }, at);
  return { outcome: 'done', version };
}
