import { z } from 'zod';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { sealersOf } from '../../directory/fields.ts';
import type { Words } from '../../http/translate.ts';
import { NotSent } from '../../messages/message.ts';
import type { Post } from '../../messages/post.ts';
import type { Db, Tx } from '../../storage/postgres.ts';
import { addJob, type Tasks } from '../../storage/queue.ts';
import { contactsToTell, findContact } from './notice-store.ts';
import { type ResetTold, resetMail, resetSms } from './notice-text.ts';

const RESET_TASK = 'account.reset-notice';

/** With the reset, in its transaction: the person and, of a child, its guardians will be told wherever they are reached. */
export async function addResetNotices(tx: Tx, { person, at }: { person: number; at: Date }): Promise<void> {
  for (const contact of await contactsToTell(tx, { person, at }))
    await addJob(tx, { task: RESET_TASK, payload: { contact, person, at } });
}

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  post: Post;
  words: Words;
}

const payloadSchema = z.object({ contact: z.number(), person: z.number(), at: z.coerce.date() });

/** Nothing in the message opens anything: no link, no name, no code. */
export function createResetTasks(from: Dependencies): Tasks {
  return {
    [RESET_TASK]: async (payload) => {
      const { contact: id, person, at } = payloadSchema.parse(payload);
      const contact = await findContact(from.db, { id, person });
      const sealer =
        contact && (await sealersOf(from.db, from.keyRing, [contact.reader])).get(contact.reader);
      if (!contact || !sealer) return;
      const to = sealer.open(contact.kind, contact.sealed);
      const told: ResetTold = { at, school: contact.school, isGuardian: contact.reader !== person };
      await unlessLasting(
        contact.kind === 'mail'
          ? from.post.sendMail({ to, ...resetMail(from.words, told) })
          : from.post.sendSms({ to, text: resetSms(from.words, told) }),
      );
    },
  };
}

/** An address that nobody reads is not tried again. */
async function unlessLasting(sending: Promise<void>): Promise<void> {
  try {
    await sending;
  } catch (error) {
    if (!(error instanceof NotSent && error.isLasting)) throw error;
  }
}
