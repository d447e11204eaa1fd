import { noteBaitUse } from '../alarms/bait.ts';
import { type Details, record } from '../audit/record.ts';
import type { Digests } from '../crypto/digests.ts';
import { randomToken } from '../crypto/tokens.ts';
import type { OrdersInForce } from '../orders/order.ts';
import type { Tx } from '../storage/postgres.ts';
import { sourceOf } from '../throttling/source.ts';
import { digestActivationCode, parseActivationCode } from './activation-code.ts';
import type { Ceremony, Proof, Proved } from './ceremony.ts';
import type { Judged } from './judged.ts';
import { insertCeremony } from './store.ts';

export interface Dependencies {
  judged: Judged;
  digests: Digests;
  settings: { ceremonySeconds: number };
  now: () => Date;
}

/** `token` binds what is half-open to one browser; only its digest is kept. */
export type Begun = { outcome: 'begun'; token: string; seconds: number } | { outcome: 'refused' };

export type BeginOperation = (
  ceremony: Ceremony,
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
      const code = parseActivationCode(typed.code);
      // Nothing has this digest: what is no code is looked up like one.
      const codeDigest = code ? digestActivationCode(digests, code) : Buffer.alloc(32);
      const proved = await ceremony.prove(tx, { codeDigest, typed: typed.proof, inForce, at });
      if (proved.outcome === 'refused') {
        await noteBaitUse(tx, { codeDigest, ...from, at });
        return refuse(tx, ceremony, { ...proved, from }, at);
      }
      await ceremony.giveBack(tx, proved.proof);
      const token = randomToken();
      const tokenDigest = digests.of('ceremony', token);
      const expiresAt = new Date(at.getTime() + settings.ceremonySeconds * 1000);
      await open(tx, proved.proof, { tokenDigest, from, inForce, at, expiresAt });
      return { outcome: 'begun', token, seconds: settings.ceremonySeconds };
    });
}

async function refuse(
  tx: Tx,
  ceremony: Ceremony,
  { because, person, letter, from }: Extract<Proved, { outcome: 'refused' }> & { from: Details },
  at: Date,
): Promise<Begun> {
  const details = { ceremony: ceremony.name, because, ...(letter !== undefined && { letter }), ...from };
  const event = {
    name: 'activation.refused',
    ...(person !== undefined && { subject: person }),
    details,
  } as const;
  await record(tx, STRANGER, event, at);
  return { outcome: 'refused' };
}

/** Who types is not known before both proofs are right. */
const STRANGER = { kind: 'system', name: 'activation' } as const;

async function open(
  tx: Tx,
  proof: Proof,
  given: { tokenDigest: Buffer; from: Details; inForce: OrdersInForce; at: Date; expiresAt: Date },
): Promise<void> {
  const { person } = proof.subject;
  const { tokenDigest, from, inForce, at, expiresAt } = given;
  const { letter, epoch, second } = proof;
  const { generation } = inForce;
  const id = await insertCeremony(tx, {
    tokenDigest,
    person,
    letter,
    second,
    epoch,
    generation,
    at,
    expiresAt,
  });
  const details = { ...second, letter, opened: id, ...from };
  await record(tx, { kind: 'person', person }, { name: 'activation.begun', subject: person, details }, at);
}
