import type { Locale } from './translate.ts';

const SPOKEN: Readonly<Record<Locale, string>> = { fr: 'fr-FR', en: 'en-GB' };

/** Paris time, the day before the month in English too: 6/7 is in July for whoever lives here. */
export function inParis(locale: Locale, at: Date, style: Intl.DateTimeFormatOptions): string {
  return said(locale, at, { timeZone: 'Europe/Paris', ...style });
}

/** `2026-11-26`, as people say it: a day of the calendar, in no zone. */
export function calendarDay(locale: Locale, day: string): string {
  return said(locale, new Date(day), { dateStyle: 'long', timeZone: 'UTC' });
}

/** In French the first of a month is « le 1er ». */
function said(locale: Locale, at: Date, style: Intl.DateTimeFormatOptions): string {
  const text = new Intl.DateTimeFormat(SPOKEN[locale], style).format(at);
  return locale === 'fr' ? text.replace(/(?<!\d)1 (?=\p{L})/u, '1er ') : text;
}
