import type { Locale } from './translate.ts';

const SPOKEN: Readonly<Record<Locale, string>> = { fr: 'fr-FR', en: 'en-GB' };

/** Paris time, the day before the month in English too: 6/7 is in July for whoever lives here. */
export function inParis(locale: Locale, at: Date, style: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(SPOKEN[locale], { timeZone: 'Europe/Paris', ...style }).format(at);
}
