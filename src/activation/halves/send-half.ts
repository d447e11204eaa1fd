import { z } from 'zod';
import { record } from '../../audit/record.ts';
import type { Digests } from '../../crypto/digests.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { sealersOf } from '../../directory/fields.ts';
import { NotSent } from '../../messages/message.ts';
import type { Post } from '../../messages/post.ts';
import { isCutOff } from '../../orders/evaluate.ts';
import type { OrdersInForce } from '../../orders/order.ts';
import { subjectOf } from '../../sessions/judge-standing.ts';
import { standing } from '../../sessions/standing.ts';
import type { Tx } from '../../storage/postgres.ts';
import { refusalOfLetter } from '../ceremonies/letter.ts';
import type { RefusedBecause } from '../ceremony.ts';
import type { CeremoniesOf } from '../choice.ts';
import type { InSameHands } from '../hands.ts';
import type { Judged } from '../judged.ts';
import { refuse } from '../refuse.ts';
import { proofDigest } from '../requests/shown.ts';
import { type ElectronicHalf, generateHalf } from './electronic-half.ts';
import type { HalfWords } from './half-text.ts';
import {
  hasContactChanged,
  holdToSend,
  keepHalf,
  type SplitRequest,
  type StandingContact,
  selectContacts,
} from './store.ts';

export interface Dependencies {
  judged: Judged;
  digests: Digests;
  keyRing: KeyRing;
  ceremoniesOf: CeremoniesOf;
  inSameHands: InSameHands;
  post: Post;
  words: HalfWords;
  settings: { smsHalfSeconds: number; mailHalfSeconds: number; contactDays: number };
  now: () => Date;
}

const payloadSchema = z.object({ request: z.uuid() });

/**
 * The half is drawn now, kept as an HMAC, and in clear only in the message; a further try draws another. Whether
 * anything is sent, the screen that asked does not say.
 */
export async function sendHalf(from: Dependencies, payload: unknown): Promise<void> {
  const { request } = payloadSchema.parse(payload);
  const drawn = await from.judged((tx, inForce) => draw(tx, from, { request, inForce }));
  if (!drawn) return;
  const { contact, to, half, expiresAt } = drawn;
  try {
    if (contact.kind === 'phone') await from.post.sendSms({ to, text: from.words.sms(half, expiresAt) });
    else await from.post.sendMail({ to, ...from.words.mail(half, expiresAt) });
  } catch (error) {
    if (error instanceof NotSent && error.isLasting) return;
    throw error;
  }
}

interface Drawn {
  contact: StandingContact;
  to: string;
  half: ElectronicHalf;
  expiresAt: Date;
}

async function draw(
  tx: Tx,
  from: Dependencies,
  given: { request: string; inForce: OrdersInForce },
): Promise<Drawn | undefined> {
  const { digests, keyRing, settings, now } = from;
  const at = now();
  const request = await holdToSend(tx, { request: given.request, at });
  if (!request) return undefined;
  const { person, letter } = request;
  const [contact] = await selectContacts(tx, { person, days: settings.contactDays, at });
  const because = await refusalToSend(tx, from, { request, contact, inForce: given.inForce, at });
  const to =
    contact && (await sealersOf(tx, keyRing, [person])).get(person)?.open(contact.kind, contact.sealed);
  if (because || !contact || to === undefined) {
    await refuse(tx, { ceremony: 'split-letter', because: because ?? 'no-contact', person, letter, at });
    return undefined;
  }
  const half = generateHalf();
  const seconds = contact.kind === 'phone' ? settings.smsHalfSeconds : settings.mailHalfSeconds;
  // The screen waits no longer than it did before: what is said of the half's end is true after a late try too.
  const expiresAt = new Date(Math.min(at.getTime() + seconds * 1000, request.expiresAt.getTime()));
  const digest = proofDigest(digests, request.tokenDigest, half);
  await keepHalf(tx, { request: request.id, contact: contact.id, digest, expiresAt });
  const details = { request: request.id, letter, channel: contact.kind };
  await record(tx, SENDER, { name: 'activation.half-drawn', subject: person, details }, at);
  return { contact, to, half, expiresAt };
}

export const SENDER = { kind: 'system', name: 'electronic-halves' } as const;

async function refusalToSend(
  tx: Tx,
  from: Dependencies,
  given: {
    request: SplitRequest;
    contact: StandingContact | undefined;
    inForce: OrdersInForce;
    at: Date;
  },
): Promise<RefusedBecause | undefined> {
  const { contact } = given;
  if (!contact) return 'no-contact';
  return (await refusalOfSplit(tx, from, given)) ?? (contact.isOld ? undefined : 'contact-too-new');
}

/** What must hold when a half is sent, and once more when it is typed. */
export async function refusalOfSplit(
  tx: Tx,
  { ceremoniesOf, inSameHands }: Pick<Dependencies, 'ceremoniesOf' | 'inSameHands'>,
  given: { request: SplitRequest; contact: { id: number } | undefined; inForce: OrdersInForce; at: Date },
): Promise<RefusedBecause | undefined> {
  const { request, contact, inForce, at } = given;
  const { person } = await standing(tx, { person: request.person, at });
  const letter = refusalOfLetter(request, person, { ceremony: 'split-letter', ceremoniesOf, inForce });
  if (letter || !person) return letter;
  const subject = subjectOf(person);
  const { generation } = request;
  const isCut = (['code', 'session', 'credential'] as const).some((made) =>
    isCutOff(inForce, subject, { made, generation }),
  );
  if (isCut) return 'cut-off';
  if (await hasContactChanged(tx, { person: request.person, since: request.printedAt })) {
    return 'contact-changed';
  }
  if (!contact) return undefined;
  const evidence = { of: 'contact', contact: contact.id } as const;
  const isOne = await inSameHands(tx, { letter: request.letter, giver: undefined, evidence });
  return isOne ? 'same-hands' : undefined;
}
