import { z } from 'zod';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { sealersOf } from '../../directory/fields.ts';
import { NotSent } from '../../messages/message.ts';
import type { Post } from '../../messages/post.ts';
import type { Db } from '../../storage/postgres.ts';
import type { HalfWords } from './half-text.ts';
import { findContact, findReprint } from './store.ts';

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  post: Post;
  words: HalfWords;
}

interface Message {
  sms: () => string;
  mail: () => { subject: string; text: string };
}

/** Whoever was reached there until now: their letter works no more, and only they can say that this was not theirs. */
export async function tellFormerContact(from: Dependencies, payload: unknown): Promise<void> {
  const { contact } = z.object({ contact: z.number() }).parse(payload);
  const { contactChangedSms: sms, contactChangedMail: mail } = from.words;
  await tell(from, contact, { sms, mail });
}

/** A letter was printed for one person alone: a day before it works, those around them know. */
export async function tellReprint(from: Dependencies, payload: unknown): Promise<void> {
  const { contact, batch } = z.object({ contact: z.number(), batch: z.uuid() }).parse(payload);
  const reprint = await findReprint(from.db, batch);
  if (!reprint) return;
  const { words } = from;
  await tell(from, contact, {
    sms: () => words.reprintedSms(reprint),
    mail: () => words.reprintedMail(reprint),
  });
}

async function tell({ db, keyRing, post }: Dependencies, id: number, message: Message): Promise<void> {
  const contact = await findContact(db, id);
  const sealer = contact && (await sealersOf(db, keyRing, [contact.person])).get(contact.person);
  if (!contact || !sealer) return;
  const to = sealer.open(contact.kind, contact.sealed);
  try {
    if (contact.kind === 'phone') await post.sendSms({ to, text: message.sms() });
    else await post.sendMail({ to, ...message.mail() });
  } catch (error) {
    // Nobody reads there: trying again would not help.
    if (!(error instanceof NotSent && error.isLasting)) throw error;
  }
}
