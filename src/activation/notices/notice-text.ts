import { inParis } from '../../http/moments.ts';
import type { Locale, Translate, Words } from '../../http/translate.ts';
import type { ClaimsOfClass, OpenNotice, Recipient } from './store.ts';

interface Text {
  subject: string;
  text: string;
}

interface ClaimsOfSchool {
  school: string;
  from: Date;
  until: Date;
  claims: ClaimsOfClass[];
  /** Where to look. */
  console: string;
}

interface DisownedClaim {
  school: string | null;
  /** Of the claim. */
  at: Date;
  recipient: Recipient;
  console: string;
}

/** What the messages say: French first, then a short English part. Never a code, a username or a name. */
export interface NoticeWords {
  mail(notice: OpenNotice, given: { link: string; until: Date }): Text;
  sms(notice: OpenNotice, link: string): string;
  claimsOfSchool(given: ClaimsOfSchool): Text;
  disowned(given: DisownedClaim): Text;
}

export function createNoticeWords(words: Words): NoticeWords {
  const languages = [words.translator('fr'), words.translator('en')] as const;
  const [fr] = languages;
  const inBoth = (subject: string, part: (t: Translate, locale: Locale) => string[]): Text => {
    const [french, english] = languages.map((t, index) => part(t, index === 0 ? 'fr' : 'en').join('\n\n'));
    return { subject: fr(subject), text: `${french}\n\n--\nEnglish\n\n${english}\n` };
  };
  return {
    mail: (notice, given) =>
      inBoth(`notices.subject_${notice.recipient}`, (t, locale) => mailOf(t, locale, { notice, ...given })),
    sms: (notice, link) => {
      const given = { ...placeOf(fr, notice), time: shortTime(notice.claimedAt), link };
      return fr(`notices.sms_${notice.recipient}`, given);
    },
    claimsOfSchool: (given) => inBoth('notices.school_subject', (t, locale) => claimsOf(t, locale, given)),
    disowned: (given) => inBoth('notices.disowned_subject', (t, locale) => disownedOf(t, locale, given)),
  };
}

function mailOf(
  t: Translate,
  locale: Locale,
  { notice, link, until }: { notice: OpenNotice; link: string; until: Date },
): string[] {
  return [
    t(`notices.claimed_${notice.recipient}`, placeOf(t, notice)),
    t('notices.when', { time: timeOf(locale, notice.claimedAt), how: howOf(t, notice.ceremony) }),
    t('notices.fine'),
    `${t(`notices.stranger_${notice.recipient}`)}\n${link}`,
    t('notices.link', { date: dateOf(locale, until) }),
    t('notices.never'),
  ];
}

function claimsOf(t: Translate, locale: Locale, given: ClaimsOfSchool): string[] {
  const { school, from, until, claims, console } = given;
  const times = { from: timeOf(locale, from), until: hourOf(locale, until) };
  return [
    t('notices.school_claims', { school, ...times }),
    claims.map((line) => `- ${lineOf(t, line)}`).join('\n'),
    t('notices.school_look', { console }),
  ];
}

function disownedOf(
  t: Translate,
  locale: Locale,
  { school, at, recipient, console }: DisownedClaim,
): string[] {
  const given = { school: school ?? '', time: timeOf(locale, at) };
  return [
    t(`notices.disowned_by_${recipient}`, given),
    t('notices.disowned_locked'),
    t('notices.disowned_look', { console }),
  ];
}

/** Where a child goes to school now is no longer theirs to know who is no guardian any more. */
function placeOf(t: Translate, { recipient, school, className }: OpenNotice): { place: string } {
  if (recipient === 'former-guardian') return { place: '' };
  if (school === null) return { place: 'Préau' };
  return { place: className === null ? school : t('notices.place', { school, class: className }) };
}

const CEREMONIES = ['class-window', 'guardian-vouch', 'split-letter', 'desk'];

function howOf(t: Translate, ceremony: string): string {
  const known = CEREMONIES.includes(ceremony) ? ceremony : 'other';
  return t(`notices.how_${known}`);
}

function lineOf(t: Translate, { className, profile, ceremony, count }: ClaimsOfClass): string {
  const who = className === null ? t(`notices.of_${profile}`) : t('notices.of_class', { class: className });
  return t('notices.school_line', { count, who, how: howOf(t, ceremony) });
}

/** Said with the zone: a family abroad reads it too. */
function timeOf(locale: Locale, at: Date): string {
  return inParis(locale, at, { dateStyle: 'full', timeStyle: 'short' });
}

function hourOf(locale: Locale, at: Date): string {
  return inParis(locale, at, { timeStyle: 'short' });
}

function dateOf(locale: Locale, at: Date): string {
  return inParis(locale, at, { dateStyle: 'long' });
}

function shortTime(at: Date): string {
  return inParis('fr', at, { day: '2-digit', month: '2-digit', hour: '2-digit', minute: '2-digit' });
}
