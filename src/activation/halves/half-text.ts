import { inParis } from '../../http/moments.ts';
import type { Locale, Translate, Words } from '../../http/translate.ts';
import { type ElectronicHalf, formatHalf } from './electronic-half.ts';

interface Text {
  subject: string;
  text: string;
}

/** What the messages say: French first, then English. No name; the link of a mail opens a page and does nothing. */
export interface HalfWords {
  sms(half: ElectronicHalf, until: Date): string;
  mail(half: ElectronicHalf, until: Date): Text;
  contactChangedSms(): string;
  contactChangedMail(): Text;
  reprintedSms(place: { school: string; validFrom: Date }): string;
  reprintedMail(place: { school: string; validFrom: Date }): Text;
}

export function createHalfWords(words: Words, issuer: string): HalfWords {
  const [fr, en] = [words.translator('fr'), words.translator('en')];
  const link = `${issuer}/activate/wait`;
  const both = (subject: string, lines: (t: Translate, locale: Locale) => string[]): Text => ({
    subject: fr(subject),
    text: `${lines(fr, 'fr').join('\n\n')}\n\n--\nEnglish\n\n${lines(en, 'en').join('\n\n')}\n`,
  });
  return {
    sms: (half, until) => fr('halves.sms', { code: formatHalf(half), time: hourOf(until) }),
    mail: (half, until) =>
      both('halves.subject', (t, locale) => [
        t('halves.code', { code: formatHalf(half) }),
        t('halves.where', { link }),
        t('halves.until', { time: timeOf(locale, until) }),
        t('halves.never'),
      ]),
    contactChangedSms: () => fr('halves.changed_sms'),
    contactChangedMail: () =>
      both('halves.changed_subject', (t) => [t('halves.changed'), t('halves.changed_do')]),
    reprintedSms: ({ school, validFrom }) =>
      fr('halves.reprinted_sms', { school, time: timeOf('fr', validFrom) }),
    reprintedMail: ({ school, validFrom }) =>
      both('halves.reprinted_subject', (t, locale) => [
        t('halves.reprinted', { school, time: timeOf(locale, validFrom) }),
        t('halves.reprinted_do'),
      ]),
  };
}

function timeOf(locale: Locale, time: Date): string {
  return inParis(locale, time, { dateStyle: 'short', timeStyle: 'short' });
}

/** Of a half that lives some minutes. */
function hourOf(time: Date): string {
  return inParis('fr', time, { timeStyle: 'short' });
}
