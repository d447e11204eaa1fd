import { noteBaitUse } from '../../alarms/bait.ts';
import { type Details, record } from '../../audit/record.ts';
import type { Digests } from '../../crypto/digests.ts';
import { randomToken } from '../../crypto/tokens.ts';
import type { OrdersInForce } from '../../orders/order.ts';
import { standing } from '../../sessions/standing.ts';
import type { Tx } from '../../storage/postgres.ts';
import { addJob } from '../../storage/queue.ts';
import { sourceOf } from '../../throttling/source.ts';
import { codeDigestOf } from '../activation-code.ts';
import { type FoundLetter, refusalOfLetter } from '../ceremonies/letter.ts';
import type { CeremonyAwaited, RefusedBecause } from '../ceremony.ts';
import type { CeremoniesOf } from '../choice.ts';
import type { Judged } from '../judged.ts';
import { refuse, STRANGER } from '../refuse.ts';
import { proofDigest } from './shown.ts';
import { holdLetter, insertRequest } from './store.ts';

export interface Dependencies {
  judged: Judged;
  digests: Digests;
  ceremoniesOf: CeremoniesOf;
  now: () => Date;
}

/** Always the same: whoever typed a code learns from the answer nothing about it. */
export interface Asked {
  outcome: 'waiting';
  token: string;
  seconds: number;
}

export type AskOperation = (ceremony: CeremonyAwaited, code: string, address?: string) => Promise<Asked>;

const NOBODY = 0;

/**
 * The first proof alone. The browser waits for the second, which somebody else gives; where the code opens nothing it
 * waits for nobody, by the same statements and on the same page.
 */
export function createAsk({ judged, digests, ceremoniesOf, now }: Dependencies): AskOperation {
  return (ceremony, code, address) =>
    judged(async (tx, inForce) => {
      const at = now();
      const from = address === undefined ? {} : sourceOf(digests, address);
      const token = randomToken();
      const codeDigest = codeDigestOf(digests, code);
      const letter = await holdLetter(tx, { codeDigest, at });
      const { person } = await standing(tx, { person: letter?.person ?? NOBODY, at });
      const because = refusalOfLetter(letter, person, { ceremony: ceremony.name, ceremoniesOf, inForce });
      // At every asking: a bait letter's code is the only one that this finds.
      await noteBaitUse(tx, { codeDigest, ...from, at });
      await keep(tx, { from, digests, ceremony, token, letter, because, inForce, at });
      return { outcome: 'waiting', token, seconds: ceremony.seconds };
    });
}

interface Kept {
  from: Details;
  digests: Digests;
  ceremony: CeremonyAwaited;
  token: string;
  letter: FoundLetter | undefined;
  because: RefusedBecause | undefined;
  inForce: OrdersInForce;
  at: Date;
}

async function keep(
  tx: Tx,
  { from, digests, ceremony, token, letter, because, inForce, at }: Kept,
): Promise<void> {
  const tokenDigest = digests.of('ceremony', token);
  const shown = ceremony.shown(token);
  const { id, isReal } = await insertRequest(tx, {
    tokenDigest,
    ceremony: ceremony.name,
    letter: because ? undefined : letter,
    proofDigest: shown === undefined ? undefined : proofDigest(digests, tokenDigest, shown),
    generation: inForce.generation,
    perDay: ceremony.perDay,
    at,
    expiresAt: new Date(at.getTime() + ceremony.seconds * 1000),
  });
  // Sent for whoever asks, also for nobody: the work is looked at later, and finds out.
  const job = ceremony.job;
  if (job) await addJob(tx, { ...job, payload: { request: id } });
  if (!isReal || !letter) {
    const { person, letter: found } = letter ?? {};
    const why = because ?? 'too-many-requests';
    return refuse(tx, { ceremony: ceremony.name, because: why, person, letter: found, from, at });
  }
  const details = { ceremony: ceremony.name, letter: letter.letter, request: id, ...from };
  await record(tx, STRANGER, { name: 'activation.asked', subject: letter.person, details }, at);
}
