import { raise } from '../../alarms/raise.ts';
import { record } from '../../audit/record.ts';
import { schoolsOf } from '../../notices/store.ts';
import type { Tx } from '../../storage/postgres.ts';
import type { Judged } from '../judged.ts';
import { voidLetters } from '../letters/store.ts';
import { isRequestId } from './shown.ts';
import { endAsRefused, overtakeRequests } from './store.ts';

export interface Dependencies {
  judged: Judged;
  now: () => Date;
}

export type VouchRefused = { outcome: 'refused' } | { outcome: 'ended' };
export type RefuseVouch = (given: { guardian: number; request: string }) => Promise<VouchRefused>;

/**
 * "This is not my child", "I expected nothing": somebody else has the letter. Its screen waits for nobody from now on,
 * the code is void, and the school is told. It takes no code of a telephone: it only makes less possible.
 */
export function createRefuseVouch({ judged, now }: Dependencies): RefuseVouch {
  return async ({ guardian, request }) => {
    if (!isRequestId(request)) return { outcome: 'ended' };
    return judged(async (tx) => {
      const at = now();
      const ended = await endAsRefused(tx, { request, guardian, at });
      if (!ended) return { outcome: 'ended' };
      await voidWhatWasTyped(tx, { guardian, request, child: ended.person, at });
      return { outcome: 'refused' };
    });
  };
}

async function voidWhatWasTyped(
  tx: Tx,
  { guardian, request, child, at }: { guardian: number; request: string; child: number; at: Date },
): Promise<void> {
  const by = { kind: 'person', person: guardian } as const;
  const letters = (await voidLetters(tx, [child], at)).map(({ letter }) => letter);
  await overtakeRequests(tx, { person: child, at });
  const details = { request, letters };
  await record(tx, by, { name: 'activation.vouch-refused', subject: child, details }, at);
  for (const letter of letters) {
    const voided = { letter, because: 'vouch-refused' };
    await record(tx, by, { name: 'letter.voided', subject: child, details: voided }, at);
  }
  for (const uai of await schoolsOf(tx, child)) {
    await raise(tx, { rule: 'vouch-refused', uai, person: child, details, key: `${uai} ${request}`, at });
  }
}
