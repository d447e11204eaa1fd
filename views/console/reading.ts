import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import type { BudgetState } from '../../src/reading/budget.ts';
import { actions, linkButton } from '../components/form.ts';
import { alert } from '../components/messages.ts';
import { consoleLayout, type Staff } from './console-layout.ts';
import { exactClock } from './words.ts';

export interface ReadingStoppedProps {
  staff: Staff;
  /** Undefined: only somebody else opens more. */
  until: Date | undefined;
  budget: BudgetState;
}

/** Instead of names: too many have been read. Numbers and acts go on. */
export function readingStoppedPage({ staff, until, budget }: ReadingStoppedProps, page: Page): Html {
  const { t } = page;
  return consoleLayout(page, {
    staff,
    current: '',
    title: t(until ? 'console.reading_slow_title' : 'console.reading_stopped_title'),
    lead: until
      ? t('console.reading_slow_lead', { until: exactClock(page, until) })
      : t('console.reading_stopped_lead'),
    body: html`
      <p>${spent(page, budget)}</p>
      <p>${t('console.reading_why')}</p>
      ${actions(
        until && linkButton({ label: t('people.go_on'), href: page.address, kind: 'primary' }),
        linkButton({ label: t('console.to_start'), href: '/console' }),
      )}`,
  });
}

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
