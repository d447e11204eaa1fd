import type { Actor } from '../../audit/actor.ts';
import { record } from '../../audit/record.ts';
import { lockClient } from '../store.ts';
import type { Dependencies } from './propose.ts';
import { moveVersion } from './store.ts';
import { missingFrom } from './terms.ts';

export type RequestResult =
  | { outcome: 'requested'; version: number }
  /** The public register could not say it all. */
  | { outcome: 'incomplete'; missing: string[] }
  | { outcome: 'nothing-proposed' };

/** Asks that the version tried out in the sandbox be approved. */
export function createRequestContract({ db, now }: Dependencies) {
  return (
    by: Actor,
    { clientId, reason }: { clientId: string; reason?: string | undefined },
  ): Promise<RequestResult> =>
    db
      .transaction()
      .execute(async (tx): Promise<RequestResult> => {
        const at = now();
        if (!(await lockClient(tx, clientId))) return { outcome: 'nothing-proposed' };
        const moved = await moveVersion(tx, { clientId, from: ['sandbox'], to: 'requested', at });
        if (!moved) return { outcome: 'nothing-proposed' };
        const missing = missingFrom(moved.terms);
        if (missing.length > 0) throw new Incomplete(missing);
        const details = { clientId, version: moved.version };
        await record(tx, by, { name: 'contract.requested', details, ...(reason && { reason }) }, at);
        return { outcome: 'requested', version: moved.version };
      })
      .catch((error) => {
        if (error instanceof Incomplete) return { outcome: 'incomplete', missing: error.missing };
        throw error;
      });
}

/** Takes the move back with its transaction. */
class Incomplete extends Error {
  readonly missing: string[];
  constructor(missing: string[]) {
    super('a contract that leaves something unsaid');
    this.missing = missing;
  }
}
