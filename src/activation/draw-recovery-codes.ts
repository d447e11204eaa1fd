import type { Digests } from '../crypto/digests.ts';
import type { RecoveryCode } from '../second-factors/recovery-code.ts';
import { makeRecoveryCodes } from '../second-factors/recovery-codes.ts';
import type { Judged } from './judged.ts';
import type { HoldVisit } from './visit.ts';

export interface Dependencies {
  judged: Judged;
  holdVisit: HoldVisit;
  digests: Digests;
  now: () => Date;
}

export type CodesDrawn = { outcome: 'drawn'; codes: RecoveryCode[] } | { outcome: 'ended' };
export type DrawRecoveryCodes = (token: string | undefined) => Promise<CodesDrawn>;

/** For one page, once: what is shown again is another set, and the one before it is void. */
export function createDrawRecoveryCodes({
  judged,
  holdVisit,
  digests,
  now,
}: Dependencies): DrawRecoveryCodes {
  return async (token) => {
    if (token === undefined) return { outcome: 'ended' };
    return judged(async (tx, inForce) => {
      const at = now();
      const visit = await holdVisit(tx, { token, steps: ['factor-enrolled'], inForce, at });
      if (!visit) return { outcome: 'ended' };
      const { person, epoch } = visit.ceremony;
      const { generation } = inForce;
      const made = await makeRecoveryCodes(
        tx,
        { kind: 'person', person },
        { digests, person, epoch, generation, at },
      );
      return made.outcome === 'made' ? { outcome: 'drawn', codes: made.codes } : { outcome: 'ended' };
    });
  };
}
