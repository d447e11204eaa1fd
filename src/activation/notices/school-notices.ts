import { z } from 'zod';
import { sealersOf } from '../../directory/fields.ts';
import { getPersonIds } from '../../directory/persons.ts';
import { NotSent } from '../../messages/message.ts';
import { addJobs, type Job } from '../../storage/queue.ts';
import type { Dependencies } from './send-notice.ts';
import { claimsBetween, findContact, findNotice, schoolContacts } from './store.ts';

const span = { uai: z.string(), from: z.coerce.date(), until: z.coerce.date() };
const contact = { contact: z.number() };
const disowned = { uai: z.string(), notice: z.uuid() };

export const SCHOOL_MAIL_TASK = 'activation.school-notice-mail';
export const DISOWNED_MAIL_TASK = 'activation.disowned-mail';

/** One job for each who reads for the school: what fails with one is tried again for that one alone. */
export async function spreadSchoolNotice({ db }: Dependencies, payload: unknown): Promise<void> {
  const { uai, from, until } = z.object(span).parse(payload);
  await spread(db, uai, (id) => ({
    task: SCHOOL_MAIL_TASK,
    payload: { uai, from, until, contact: id },
    key: `${SCHOOL_MAIL_TASK} ${uai} ${from.toISOString()} ${id}`,
  }));
}

export async function spreadDisowned({ db }: Dependencies, payload: unknown): Promise<void> {
  const { uai, notice } = z.object(disowned).parse(payload);
  await spread(db, uai, (id) => ({
    task: DISOWNED_MAIL_TASK,
    payload: { uai, notice, contact: id },
    key: `${DISOWNED_MAIL_TASK} ${notice} ${uai} ${id}`,
  }));
}

async function spread(db: Dependencies['db'], uai: string, jobFor: (contact: number) => Job): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const contacts = await schoolContacts(tx, uai);
    await addJobs(tx, contacts.map(jobFor));
  });
}

/** Numbers by class and way, no names: who it was stands in the console, where looking leaves a line. */
export async function mailSchoolNotice(from: Dependencies, payload: unknown): Promise<void> {
  const { uai, contact: id, ...slot } = z.object({ ...span, ...contact }).parse(payload);
  const found = await claimsBetween(from.db, { uai, ...slot });
  if (!found) return;
  await mail(from, id, from.words.claimsOfSchool({ ...found, ...slot, console: `${from.issuer}/console` }));
}

export async function mailDisowned(from: Dependencies, payload: unknown): Promise<void> {
  const { contact: id, notice } = z.object({ ...disowned, ...contact }).parse(payload);
  const found = await findNotice(from.db, notice);
  if (!found?.disownedAt) return;
  const { id: person } = await getPersonIds(from.db, found.person);
  const { recipient, claimedAt: at, school } = found;
  const console = `${from.issuer}/console/people/${person}`;
  await mail(from, id, from.words.disowned({ school, at, recipient, console }));
}

async function mail(
  { db, keyRing, post }: Dependencies,
  contactId: number,
  text: { subject: string; text: string },
): Promise<void> {
  const found = await findContact(db, contactId);
  const to =
    found && (await sealersOf(db, keyRing, [found.reader])).get(found.reader)?.open('mail', found.sealed);
  if (to === undefined) return;
  try {
    await post.sendMail({ to, ...text });
  } catch (error) {
    // Nobody reads there: the next who does for this school has a job of their own.
    if (!(error instanceof NotSent && error.isLasting)) throw error;
  }
}
