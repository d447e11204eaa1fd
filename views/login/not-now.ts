import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { actions, button, form, linkButton } from '../components/form.ts';
import { alert } from '../components/messages.ts';
import { layout } from '../layout.ts';

export interface NotNowProps {
  reason: 'locked' | 'frozen' | 'second-factor-missing' | 'closed';
  /** Ends the request of the application that asked. */
  cancel: string;
}

/** Only after the right credentials: it says that the account exists and what holds it. */
export function notNowPage({ reason, cancel }: NotNowProps, page: Page): Html {
  const { t } = page;
  const words = WORDS[reason];
  return layout(page, {
    title: t(words.title),
    body: html`
      ${alert({ kind: 'info', body: t(words.what) })}
      <p>${t(words.next)}</p>
      ${form(page, { action: cancel, body: actions(button({ label: t('login.leave') }), linkButton({ label: t('login.home'), href: '/', kind: 'quiet' })) })}`,
  });
}

const WORDS = {
  locked: { title: 'login.locked_title', what: 'login.locked_what', next: 'login.locked_next' },
  frozen: { title: 'login.frozen_title', what: 'login.frozen_what', next: 'login.frozen_next' },
  closed: { title: 'login.closed_title', what: 'login.closed_what', next: 'login.closed_next' },
  'second-factor-missing': {
    title: 'login.factor_missing_title',
    what: 'login.factor_missing_what',
    next: 'login.factor_missing_next',
  },
} as const;

export interface PausedProps {
  minutes: number;
  again: string;
}

/** The same for every name, known or not. */
export function pausedPage({ minutes, again }: PausedProps, page: Page): Html {
  const { t } = page;
  const hours = Math.ceil(minutes / 60);
  return layout(page, {
    title: t('login.paused_title'),
    lead:
      hours > 1 ? t('login.paused_lead_hours', { count: hours }) : t('login.paused_lead', { count: minutes }),
    body: html`
      <p>${t('login.paused_why')}</p>
      <p>${t('login.paused_next')}</p>
      ${actions(linkButton({ label: t('login.try_again'), href: again }))}`,
  });
}
