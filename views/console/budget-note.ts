import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import type { BudgetState } from '../../src/reading/budget.ts';
import { alert } from '../components/messages.ts';
import { exactClock } from './words.ts';

/** Above a page with names, from half of the budget on. */
export function budgetNote(page: Page, budget: BudgetState | undefined): Html | undefined {
  if (!budget || budget.stage === 'calm') return undefined;
  const { readyAt } = budget;
  const next = readyAt && page.t('people.next_read', { time: exactClock(page, readyAt) });
  const body = html`${spent(page, budget)}${next && html` ${next}`}`;
  return alert({ kind: 'warning', title: page.t('console.reading_half_title'), body });
}

export function spent({ t }: Page, { hour, day, countsDouble }: BudgetState): Html {
  const said = t('console.reading_spent', {
    hour: hour.spent,
    hourly: hour.limit,
    day: day.spent,
    daily: day.limit,
  });
  return html`${said}${countsDouble && html` ${t('console.reading_double')}`}`;
}
