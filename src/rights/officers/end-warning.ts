import { z } from 'zod';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { openContactsOf } from '../../directory/contacts.ts';
import { inParis } from '../../http/moments.ts';
import type { Locale, Words } from '../../http/translate.ts';
import { NotSent } from '../../messages/message.ts';
import type { Post } from '../../messages/post.ts';
import type { Db, Tx } from '../../storage/postgres.ts';
import { addJob, type Tasks } from '../../storage/queue.ts';
import { listRights, WARNING_DAYS } from '../list.ts';

const END_TASK = 'officer.end-warning';

/** With the appointment, in its transaction: nobody has to remember it a year later. */
export function addEndWarning(tx: Tx, { right, until }: { right: string; until: Date }): Promise<void> {
  const runAt = new Date(until.getTime() - WARNING_DAYS * 86_400_000);
  return addJob(tx, { task: END_TASK, payload: { right }, runAt });
}

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  post: Post;
  words: Words;
  issuer: string;
  now: () => Date;
}

const payloadSchema = z.object({ right: z.uuid() });

/** The officer is told by mail, or by SMS where no mail is held; not where the office has ended meanwhile. */
export function createOfficerTasks(from: Dependencies): Tasks {
  return {
    [END_TASK]: async (payload) => {
      const { right: id } = payloadSchema.parse(payload);
      const [right] = await listRights(from.db, { id }, from.now());
      if (!right) return;
      const contacts = await openContactsOf(from.db, from.keyRing, [right.person]);
      const contact = contacts.find(({ kind }) => kind === 'mail') ?? contacts[0];
      if (!contact) return;
      await unlessLasting(tell(from, contact, right.until));
    },
  };
}

function tell(
  { post, words, issuer }: Dependencies,
  { kind, value: to }: { kind: 'mail' | 'phone'; value: string },
  until: Date,
): Promise<void> {
  const [fr, en] = [words.translator('fr'), words.translator('en')];
  const link = `${issuer}/console/rights/officers`;
  if (kind === 'phone')
    return post.sendSms({ to, text: fr('rights.ending_sms', { date: dayOf('fr', until) }) });
  const french = fr('rights.ending_mail', { date: dayOf('fr', until), link });
  const english = en('rights.ending_mail', { date: dayOf('en', until), link });
  const text = `${french}\n\n--\nEnglish\n\n${english}\n`;
  return post.sendMail({ to, subject: fr('rights.ending_subject'), text });
}

function dayOf(locale: Locale, until: Date): string {
  return inParis(locale, until, { dateStyle: 'long' });
}

/** An address that nobody reads is not tried again. */
async function unlessLasting(sending: Promise<void>): Promise<void> {
  try {
    await sending;
  } catch (error) {
    if (!(error instanceof NotSent && error.isLasting)) throw error;
  }
}
