import { z } from 'zod';
import type { KeyRing } from '../crypto/key-ring.ts';
import { sealersOf } from '../directory/fields.ts';
import { inParis } from '../http/moments.ts';
import type { Locale, Words } from '../http/translate.ts';
import { NotSent } from '../messages/message.ts';
import type { Post } from '../messages/post.ts';
import type { Db } from '../storage/postgres.ts';
import { addJobs, type Tasks } from '../storage/queue.ts';
import type { Alarm } from './alarm.ts';
import { findAlarm } from './list-alarms.ts';
import { ALARM_TASK } from './raise.ts';
import { mailOf, recipientsOf } from './recipients.ts';

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  post: Pick<Post, 'sendMail'>;
  words: Words;
  issuer: string;
  now: () => Date;
}

const MAIL_TASK = 'alarms.mail';

const raised = z.object({ alarm: z.uuid() });
const addressed = raised.extend({ contact: z.number().nullable() });

/** A mail for each who must know; what fails with one is tried again for that one alone. */
export function createAlarmTasks(from: Dependencies): Tasks {
  const { db, now } = from;
  return {
    [ALARM_TASK]: async (payload) => {
      const { alarm } = raised.parse(payload);
      await db.transaction().execute(async (tx) => {
        const contacts = await recipientsOf(tx, alarm, now());
        const jobFor = (contact: number | null) => ({
          ...{ task: MAIL_TASK, payload: { alarm, contact }, key: `${MAIL_TASK} ${alarm} ${contact}` },
        });
        await addJobs(tx, contacts.map(jobFor));
      });
    },
    [MAIL_TASK]: (payload) => mail(from, addressed.parse(payload)),
  };
}

async function mail(from: Dependencies, { alarm: id, contact }: z.infer<typeof addressed>): Promise<void> {
  const alarm = await findAlarm(from.db, id);
  const to = alarm && (await addressOf(from, { uai: alarm.uai, contact }));
  if (!alarm || to === undefined) return;
  try {
    await from.post.sendMail({ to, ...textOf(from, alarm) });
  } catch (error) {
    if (!(error instanceof NotSent && error.isLasting)) throw error;
  }
}

async function addressOf(
  { db, keyRing }: Dependencies,
  given: { uai: string | undefined; contact: number | null },
): Promise<string | undefined> {
  const found = await mailOf(db, given);
  if (!found || 'address' in found) return found?.address;
  return (await sealersOf(db, keyRing, [found.reader])).get(found.reader)?.open('mail', found.sealed);
}

/** French, then English. What it says and where to look: who it was stands in the console alone. */
function textOf({ words, issuer }: Dependencies, alarm: Alarm): { subject: string; text: string } {
  const [french, english] = (['fr', 'en'] as const).map((locale) => {
    const t = words.translator(locale);
    return [
      t('alarms.mail_place', {
        place: alarm.school ?? alarm.academie ?? t('alarms.no_school'),
        time: timeOf(locale, alarm.raisedAt),
      }),
      t(`alarms.rule_${alarm.rule}`),
      alarm.pause?.until && t('alarms.paused_until', { until: timeOf(locale, alarm.pause.until) }),
      t('alarms.mail_look', { console: `${issuer}/console/alarms` }),
    ]
      .filter(Boolean)
      .join('\n\n');
  });
  const subject = words.translator('fr')('alarms.mail_subject');
  return { subject, text: `${french}\n\n--\nEnglish\n\n${english}\n` };
}

function timeOf(locale: Locale, at: Date): string {
  return inParis(locale, at, { dateStyle: 'long', timeStyle: 'short' });
}
