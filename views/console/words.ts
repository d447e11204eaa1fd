import { inParis } from '../../src/http/moments.ts';
import type { Page } from '../../src/http/render.ts';

export function longDate({ locale }: Pick<Page, 'locale'>, at: Date): string {
  return inParis(locale, at, { dateStyle: 'long' });
}

export function clock({ locale }: Pick<Page, 'locale'>, at: Date): string {
  return inParis(locale, at, { timeStyle: 'short' });
}

/** Where seconds matter. */
export function exactClock({ locale }: Pick<Page, 'locale'>, at: Date): string {
  return inParis(locale, at, { timeStyle: 'medium' });
}

export function moment({ locale }: Pick<Page, 'locale'>, at: Date): string {
  return inParis(locale, at, { dateStyle: 'long', timeStyle: 'short' });
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
