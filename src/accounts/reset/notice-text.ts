import { inParis } from '../../http/moments.ts';
import type { Locale, Translate, Words } from '../../http/translate.ts';

export interface ResetTold {
  at: Date;
  school: string | null;
  isGuardian: boolean;
}

/** French first, then a short English part. */
export function resetMail(words: Words, told: ResetTold): { subject: string; text: string } {
  const part = (locale: Locale): string => {
    const t = words.translator(locale);
    return [said(t, locale, told), t('reset-notice.next'), t('reset-notice.stranger')].join('\n\n');
  };
  return {
    subject: words.translator('fr')('reset-notice.subject'),
    text: `${part('fr')}\n\n--\nEnglish\n\n${part('en')}\n`,
  };
}

/** In the alphabet of an SMS: typographic signs would more than double its price. */
export function resetSms(words: Words, told: ResetTold): string {
  const t = words.translator('fr');
  const text = `${said(t, 'fr', told)} ${t('reset-notice.stranger')}`;
  return text.replace(/[\u00a0\u202f]/g, ' ').replaceAll('’', "'");
}

function said(t: Translate, locale: Locale, { at, school, isGuardian }: ResetTold): string {
  const time = inParis(locale, at, { dateStyle: 'long', timeStyle: 'short' });
  const given = { time, school: school ?? t('reset-notice.school') };
  return t(isGuardian ? 'reset-notice.of_child' : 'reset-notice.of_you', given);
}
