import { z } from 'zod';
import { sealersOf } from '../directory/fields.ts';
import { getPersonIds } from '../directory/persons.ts';
import { NotSent } from '../messages/message.ts';
import { addJobs, type Job } from '../storage/queue.ts';
import type { Dependencies } from './send-notice.ts';
import { claimsBetween, findContact, findNotice, mailOfSchool, schoolContacts } from './store.ts';

const span = { uai: z.string(), from: z.coerce.date(), until: z.coerce.date() };
const contact = { contact: z.number().nullable() };
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

async function spread(
  db: Dependencies['db'],
  uai: string,
  jobFor: (contact: number | null) => Job,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const contacts = await schoolContacts(tx, uai);
    await addJobs(tx, contacts.map(jobFor));
  });
}

/** Numbers by class and way, no names: who it was stands in the console, where looking leaves a line. */
export async function mailSchoolNotice(from: Dependencies, payload: unknown): Promise<void> {
  const { contact: id, ...slot } = z.object({ ...span, ...contact }).parse(payload);
  const found = await claimsBetween(from.db, slot);
  if (!found) return;
  const text = from.words.claimsOfSchool({ ...found, ...slot, console: `${from.issuer}/console` });
  await mail(from, { uai: slot.uai, contact: id }, text);
}

export async function mailDisowned(from: Dependencies, payload: unknown): Promise<void> {
  const { uai, contact: id, notice } = z.object({ ...disowned, ...contact }).parse(payload);
  const found = await findNotice(from.db, notice);
  if (!found?.disownedAt) return;
  const { id: person } = await getPersonIds(from.db, found.person);
  const console = `${from.issuer}/console/people/${person}`;
  await mail(from, { uai, contact: id }, from.words.disowned({ ...found, console }));
}

interface Reader {
  uai: string;
  contact: number | null;
}

async function mail(
  from: Dependencies,
  reader: Reader,
  text: { subject: string; text: string },
): Promise<void> {
  const to = await addressOf(from, reader);
  if (to === undefined) return;
  try {
    await from.post.sendMail({ to, ...text });
  } catch (error) {
    // Nobody reads there: the next who does for this school has a job of their own.
    if (!(error instanceof NotSent && error.isLasting)) throw error;
  }
}

/** Undefined: it was taken back, or the reader erased, meanwhile. */
async function addressOf(
  { db, keyRing }: Dependencies,
  { uai, contact: id }: Reader,
): Promise<string | undefined> {
  if (id === null) return mailOfSchool(db, uai);
  const found = await findContact(db, id);
  return (
    found && (await sealersOf(db, keyRing, [found.reader])).get(found.reader)?.open('mail', found.sealed)
  );
}
