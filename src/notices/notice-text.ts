import { inParis } from '../http/moments.ts';
import type { Locale, Translate, Words } from '../http/translate.ts';
import type { ClaimsOfClass, OpenNotice } from './store.ts';

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

type Disowned = Pick<OpenNotice, 'school' | 'at' | 'told' | 'recipient'> & { console: string };

/** What the messages say: French first, then a short English part. Never a code, a username or a name. */
export interface NoticeWords {
  mail(notice: OpenNotice, given: { link: string; until: Date }): Text;
  sms(notice: OpenNotice, link: string): string;
  contactMail(at: Date): Text;
  contactSms(at: Date): string;
  claimsOfSchool(given: ClaimsOfSchool): Text;
  disowned(given: Disowned): Text;
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
      inBoth(subjectOf(notice), (t, locale) => mailOf(t, locale, { notice, ...given })),
    sms: (notice, link) => smsOf(fr, notice, link),
    contactMail: (at) =>
      inBoth('notices.contact_subject', (t, locale) => [
        t('notices.contact_changed'),
        t('notices.change_when', { time: timeOf(locale, at) }),
        t('notices.fine'),
        t('notices.contact_stranger'),
        t('notices.never'),
      ]),
    contactSms: (at) => fr('notices.contact_sms', { time: shortTime(at) }),
    claimsOfSchool: (given) => inBoth('notices.school_subject', (t, locale) => claimsOf(t, locale, given)),
    disowned: (given) =>
      inBoth(
        given.told === 'claim' ? 'notices.disowned_subject' : 'notices.change_disowned_subject',
        (t, locale) => disownedOf(t, locale, given),
      ),
  };
}

function subjectOf({ told, recipient }: OpenNotice): string {
  if (told === 'claim') return `notices.subject_${recipient}`;
  return told === 'recovery-code-used'
    ? `notices.used_subject_${recipient}`
    : `notices.change_subject_${recipient}`;
}

function mailOf(
  t: Translate,
  locale: Locale,
  { notice, link, until }: { notice: OpenNotice; link: string; until: Date },
): string[] {
  const time = timeOf(locale, notice.at);
  const said =
    notice.told === 'claim'
      ? [
          t(`notices.claimed_${notice.recipient}`, placeOf(t, notice)),
          t('notices.when', { time, how: howOf(t, notice.ceremony) }),
        ]
      : [
          t(`notices.change_${notice.recipient}`, { ...placeOf(t, notice), what: whatOf(t, notice) }),
          t('notices.change_when', { time }),
        ];
  return [
    ...said,
    t('notices.fine'),
    `${t(`notices.stranger_${notice.recipient}`)}\n${link}`,
    t('notices.link', { date: dateOf(locale, until) }),
    t('notices.never'),
  ];
}

function smsOf(t: Translate, notice: OpenNotice, link: string): string {
  const { told, recipient } = notice;
  const given = { ...placeOf(t, notice), time: shortTime(notice.at), link };
  if (told === 'claim') return t(`notices.sms_${recipient}`, given);
  return t(`notices.change_sms_${recipient}`, { ...given, what: whatOf(t, notice) });
}

function claimsOf(t: Translate, locale: Locale, given: ClaimsOfSchool): string[] {
  const { school, from, until, claims, console } = given;
  const times = { date: dayOf(locale, from), from: hourOf(locale, from), until: hourOf(locale, until) };
  return [
    t('notices.school_claims', { school, ...times }),
    claims.map((line) => `- ${lineOf(t, line)}`).join('\n'),
    t('notices.school_look', { console }),
  ];
}

function disownedOf(
  t: Translate,
  locale: Locale,
  { school, at, told, recipient, console }: Disowned,
): string[] {
  const given = { school: school ?? '', time: timeOf(locale, at) };
  return [
    t(
      told === 'claim' ? `notices.disowned_by_${recipient}` : `notices.change_disowned_by_${recipient}`,
      given,
    ),
    t('notices.disowned_locked'),
    t('notices.disowned_look', { console }),
  ];
}

function whatOf(t: Translate, { told }: Pick<OpenNotice, 'told'>): string {
  return told === 'claim' ? '' : t(`notices.what_${told}`);
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

function dayOf(locale: Locale, at: Date): string {
  return inParis(locale, at, { dateStyle: 'full' });
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
