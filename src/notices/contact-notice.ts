import { z } from 'zod';
import { sealersOf } from '../directory/fields.ts';
import { NotSent } from '../messages/message.ts';
import type { Tx } from '../storage/postgres.ts';
import { addJobs } from '../storage/queue.ts';
import type { Dependencies } from './send-notice.ts';
import { findContact, selectChangedContacts } from './store.ts';

export const CONTACT_TASK = 'activation.contact-notice';

/**
 * Whoever has an account is told that they are reached otherwise from now on: wherever they were until now, and where they
 * are. Who has none yet is told by their letter (letters/void-halves.ts). No link: a number that was somebody else's for a
 * year locks nobody out, and a contact that has just begun lets nobody in.
 */
export async function addContactNotices(
  tx: Tx,
  changed: readonly { person: number; closed: readonly number[] }[],
  { at }: { at: Date },
): Promise<void> {
  const persons = changed.map(({ person }) => person);
  if (persons.length === 0) return;
  const contacts = await selectChangedContacts(tx, {
    persons,
    closed: changed.flatMap(({ closed }) => closed),
    at,
  });
  await addJobs(
    tx,
    contacts.map((contact) => ({ task: CONTACT_TASK, payload: { contact, at } })),
  );
}

const payloadSchema = z.object({ contact: z.number(), at: z.coerce.date() });

/** Names nobody, and no school: somebody else may read where the file says. */
export async function sendContactNotice(
  { db, keyRing, post, words }: Dependencies,
  payload: unknown,
): Promise<void> {
  const { contact: id, at } = payloadSchema.parse(payload);
  const contact = await findContact(db, id);
  const sealer = contact && (await sealersOf(db, keyRing, [contact.reader])).get(contact.reader);
  if (!contact || !sealer) return;
  const to = sealer.open(contact.kind, contact.sealed);
  try {
    if (contact.kind === 'phone') await post.sendSms({ to, text: words.contactSms(at) });
    else await post.sendMail({ to, ...words.contactMail(at) });
  } catch (error) {
    // Nobody reads there: trying again would not help.
    if (!(error instanceof NotSent && error.isLasting)) throw error;
  }
}
