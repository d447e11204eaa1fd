import type { Page } from '../../src/http/render.ts';

const ZONE = 'Europe/Paris';

export function longDate({ locale }: Pick<Page, 'locale'>, at: Date): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: ZONE }).format(at);
}

export function clock({ locale }: Pick<Page, 'locale'>, at: Date): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone: ZONE }).format(at);
}

/** Where seconds matter. */
export function exactClock({ locale }: Pick<Page, 'locale'>, at: Date): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'medium', timeZone: ZONE }).format(at);
}

export function moment({ locale }: Pick<Page, 'locale'>, at: Date): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: ZONE }).format(
    at,
  );
}

/** 1, 2, 3, 7 → « 1–3, 7 »: as a pile is read. */
export function numberRanges(numbers: readonly number[]): string {
  const ranges: [from: number, to: number][] = [];
  for (const number of [...numbers].sort((one, other) => one - other)) {
    const last = ranges.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}
