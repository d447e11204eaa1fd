import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import type { Readable } from '../../../src/rights/count-readable.ts';
import type { ListedRight, RightState } from '../../../src/rights/list.ts';
import type { RightScope } from '../../../src/rights/rights.ts';
import { badge } from '../../components/lists.ts';
import { longDate } from '../words.ts';

export function roleName({ t }: Page, role: string): string {
  return t(`console.role_${role}`);
}

export function where({ t }: Page, scope: RightScope): string {
  switch (scope.kind) {
    case 'nation':
      return t('console.whole_country');
    case 'academie':
      return t('rights.academie_of', { academie: scope.academie });
    case 'establishment':
      return t('rights.whole_school');
    case 'classes':
      return t('rights.classes', { classes: scope.classes.join(', ') });
    default:
      return scope satisfies never;
  }
}

const TONES: Record<RightState, 'good' | 'warning' | 'neutral'> = {
  'in-force': 'good',
  lapsed: 'warning',
  over: 'neutral',
  ended: 'neutral',
  'no-longer-named': 'neutral',
  'holder-not-active': 'neutral',
};

export function stateBadge({ t }: Page, state: RightState): Html {
  return badge(t(`rights.state_${state}`), TONES[state]);
}

/** Last use, lapse and end: every right says them. */
export function dates(page: Page, right: ListedRight, endsSoon: boolean): Html {
  const { t } = page;
  const { lastUsedAt, lapsesAt, until, state } = right;
  const used = lastUsedAt
    ? t('rights.last_used', { date: longDate(page, lastUsedAt) })
    : t('rights.never_used');
  const ends = t('rights.ends', { date: lastDay(page, until) });
  const lapses = state === 'in-force' && lapsesAt < until;
  return html`${used}${lapses && html` ${t('rights.lapses', { date: longDate(page, lapsesAt) })}`}
    ${endsSoon ? html`<strong>${ends}</strong>` : ends}`;
}

/** A right that ends at midnight is in force until the evening before. */
export function lastDay(page: Page, until: Date): string {
  return longDate(page, new Date(until.getTime() - 1));
}

/** « Ce droit permet de lire 412 personnes, dont 398 mineurs. » */
export function readableText({ t }: Page, readable: Readable | undefined): string {
  if (!readable) return t('rights.readable_unknown');
  const { persons, pupils } = readable;
  return persons === 0 ? t('rights.readable_nobody') : t('rights.readable', { count: persons, pupils });
}
