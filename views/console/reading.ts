import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import type { BudgetState } from '../../src/reading/budget.ts';
import { actions, linkButton } from '../components/form.ts';
import { spent } from './budget-note.ts';
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
