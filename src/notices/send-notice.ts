import { z } from 'zod';
import { record } from '../audit/record.ts';
import type { Digests } from '../crypto/digests.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import { randomToken } from '../crypto/tokens.ts';
import { sealersOf } from '../directory/fields.ts';
import { NotSent } from '../messages/message.ts';
import type { Post } from '../messages/post.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { NoticeWords } from './notice-text.ts';
import { findOpenNotice, insertLink, markNotice, type OpenNotice } from './store.ts';

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  digests: Digests;
  post: Post;
  words: NoticeWords;
  issuer: string;
  /** How long the link of a notice opens. */
  noticeDays: number;
  now(): Date;
}

const DAY_MS = 86_400_000;
/** 128 bits: an SMS is short. */
const LINK_BYTES = 16;

const payloadSchema = z.object({ notice: z.uuid() });

/** The link is drawn now, kept as an HMAC, and in clear only in the message. */
export async function sendNotice(
  from: Dependencies,
  payload: unknown,
  { isLast }: { isLast: boolean },
): Promise<void> {
  const { notice: id } = payloadSchema.parse(payload);
  const notice = await findOpenNotice(from.db, id);
  if (!notice) return;
  const address = await addressOf(from, notice);
  if (address === undefined) return giveUp(from, notice);
  try {
    await send(from, notice, address);
  } catch (error) {
    const isLasting = error instanceof NotSent && error.isLasting;
    if (isLasting) return giveUp(from, notice);
    // It stays open: an operator may have it begun anew.
    if (isLast) await noteOf(from.db, notice, { event: 'activation.notice-given-up', at: from.now() });
    throw error;
  }
  await markAs(from, notice, { as: 'sent_at', event: 'activation.notice-sent' });
}

/** Undefined: the reader was erased meanwhile. */
async function addressOf({ db, keyRing }: Dependencies, notice: OpenNotice): Promise<string | undefined> {
  const sealer = (await sealersOf(db, keyRing, [notice.reader])).get(notice.reader);
  return sealer?.open(notice.kind, notice.sealed);
}

async function send(from: Dependencies, notice: OpenNotice, to: string): Promise<void> {
  const { db, digests, post, words, issuer, noticeDays, now } = from;
  const token = randomToken(LINK_BYTES);
  const expiresAt = new Date(now().getTime() + noticeDays * DAY_MS);
  await insertLink(db, { digest: digests.of('claim-notice', token), notice: notice.id, expiresAt });
  const link = `${issuer}/not-me?token=${token}`;
  if (notice.kind === 'phone') return post.sendSms({ to, text: words.sms(notice, link) });
  await post.sendMail({ to, ...words.mail(notice, { link, until: expiresAt }) });
}

function giveUp(from: Dependencies, notice: OpenNotice): Promise<void> {
  return markAs(from, notice, { as: 'given_up_at', event: 'activation.notice-given-up' });
}

async function markAs(
  { db, now }: Dependencies,
  notice: OpenNotice,
  {
    as,
    event,
  }: {
    as: 'sent_at' | 'given_up_at';
    event: NoticeEvent;
  },
): Promise<void> {
  const at = now();
  await db.transaction().execute(async (tx) => {
    if (!(await markNotice(tx, { id: notice.id, as, at }))) return;
    await noteOf(tx, notice, { event, at });
  });
}

type NoticeEvent = 'activation.notice-sent' | 'activation.notice-given-up';

async function noteOf(
  tx: Db | Tx,
  { id, person, recipient, kind, told }: OpenNotice,
  { event, at }: { event: NoticeEvent; at: Date },
): Promise<void> {
  const details = { notice: id, recipient, channel: kind, told };
  await record(tx, NOTICES, { name: event, subject: person, details }, at);
}

export const NOTICES = { kind: 'system', name: 'claim-notices' } as const;
