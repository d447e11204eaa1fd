import { noteBaitUse } from '../alarms/bait.ts';
import type { Digests } from '../crypto/digests.ts';
import { randomToken } from '../crypto/tokens.ts';
import { sourceOf } from '../throttling/source.ts';
import { codeDigestOf } from './activation-code.ts';
import type { CeremonyAtOnce } from './ceremony.ts';
import type { Judged } from './judged.ts';
import { openCeremony } from './open-ceremony.ts';
import { refuse } from './refuse.ts';

export interface Dependencies {
  judged: Judged;
  digests: Digests;
  settings: { ceremonySeconds: number };
  now: () => Date;
}

/** `token` binds what is half-open to one browser; only its digest is kept. */
export type Begun = { outcome: 'begun'; token: string; seconds: number } | { outcome: 'refused' };

export type BeginOperation = (
  ceremony: CeremonyAtOnce,
  typed: { code: string; proof: string },
  address?: string,
) => Promise<Begun>;

/**
 * Both proofs at once. Nothing is spent yet but tries: the code is spent by the first password. Whatever is wrong,
 * the answer and the number of statements are the same; why stands in the audit.
 */
export function createBegin({ judged, digests, settings, now }: Dependencies): BeginOperation {
  return (ceremony, typed, address) =>
    judged(async (tx, inForce) => {
      const at = now();
      const from = address === undefined ? {} : sourceOf(digests, address);
      const codeDigest = codeDigestOf(digests, typed.code);
      const proved = await ceremony.prove(tx, { codeDigest, typed: typed.proof, inForce, at });
      if (proved.outcome === 'refused') {
        await noteBaitUse(tx, { codeDigest, ...from, at });
        await refuse(tx, { ...proved, ceremony: ceremony.name, from, at });
        return { outcome: 'refused' };
      }
      await ceremony.giveBack(tx, proved.proof);
      const token = randomToken();
      const tokenDigest = digests.of('ceremony', token);
      const seconds = settings.ceremonySeconds;
      await openCeremony(tx, proved.proof, { tokenDigest, from, inForce, at, seconds });
      return { outcome: 'begun', token, seconds };
    });
}
