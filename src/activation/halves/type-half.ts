import type { Digests } from '../../crypto/digests.ts';
import { isSameBytes } from '../../crypto/tokens.ts';
import type { OrdersInForce } from '../../orders/order.ts';
import { subjectOf } from '../../sessions/judge-standing.ts';
import { standing } from '../../sessions/standing.ts';
import type { Tx } from '../../storage/postgres.ts';
import type { RefusedBecause } from '../ceremony.ts';
import type { CeremoniesOf } from '../choice.ts';
import type { InSameHands } from '../hands.ts';
import type { Judged } from '../judged.ts';
import { openCeremony } from '../open-ceremony.ts';
import { refuse } from '../refuse.ts';
import { proofDigest } from '../requests/shown.ts';
import { endRequest } from '../requests/store.ts';
import { parseHalf } from './electronic-half.ts';
import { refusalOfSplit } from './send-half.ts';
import { reserveHalf, type SplitRequest } from './store.ts';

export interface Dependencies {
  judged: Judged;
  digests: Digests;
  ceremoniesOf: CeremoniesOf;
  inSameHands: InSameHands;
  wrongHalves: number;
  settings: { ceremonySeconds: number };
  now: () => Date;
}

/** Nothing says why not: a screen that waits for nobody refuses in the same words. */
export type HalfTyped = { outcome: 'begun' } | { outcome: 'refused' };
export type TypeHalf = (token: string | undefined, typed: string) => Promise<HalfTyped>;

/** The electronic half, in the browser where the paper half was typed: five tries, counted before anything is compared. */
export function createTypeHalf(from: Dependencies): TypeHalf {
  const { judged, digests, wrongHalves, now } = from;
  return async (token, typed) => {
    if (token === undefined) return { outcome: 'refused' };
    return judged(async (tx, inForce) => {
      const at = now();
      const tokenDigest = digests.of('ceremony', token);
      const request = await reserveHalf(tx, { tokenDigest, limit: wrongHalves, at });
      const because = await refusalOf(tx, from, { request, typed, inForce, at });
      if (!request || because) {
        const { person, letter } = request ?? {};
        await refuse(tx, {
          ceremony: 'split-letter',
          because: because ?? 'unknown-code',
          person,
          letter,
          at,
        });
        return { outcome: 'refused' };
      }
      return open(tx, from, { request, inForce, at });
    });
  };
}

/** What is asked of the database only for a right half: a wrong one costs the same for somebody as for nobody. */
async function refusalOf(
  tx: Tx,
  from: Dependencies,
  given: { request: SplitRequest | undefined; typed: string; inForce: OrdersInForce; at: Date },
): Promise<RefusedBecause | undefined> {
  const { request, typed, inForce, at } = given;
  if (!request?.proofDigest || request.contact === null) return 'unknown-code';
  const digest = proofDigest(from.digests, request.tokenDigest, parseHalf(typed) ?? '');
  if (!isSameBytes(digest, request.proofDigest)) return 'wrong-half';
  if (!request.proofExpiresAt || request.proofExpiresAt <= at) return 'expired-half';
  if (!request.isContactOpen) return 'contact-changed';
  return refusalOfSplit(tx, from, { request, contact: { id: request.contact }, inForce, at });
}

async function open(
  tx: Tx,
  { settings }: Dependencies,
  given: { request: SplitRequest; inForce: OrdersInForce; at: Date },
): Promise<HalfTyped> {
  const { request, inForce, at } = given;
  const { person } = await standing(tx, { person: request.person, at });
  if (!person || request.contact === null) throw new Error('a half lost what it held');
  await endRequest(tx, { id: request.id, outcome: 'proved', at });
  const second = { ceremony: 'split-letter', request: request.id, contact: request.contact } as const;
  const proof = { subject: subjectOf(person), letter: request.letter, epoch: person.epoch, second };
  const seconds = settings.ceremonySeconds;
  await openCeremony(tx, proof, { tokenDigest: request.tokenDigest, inForce, at, seconds });
  return { outcome: 'begun' };
}
