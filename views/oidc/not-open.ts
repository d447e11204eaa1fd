import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { actions, button, form, linkButton } from '../components/form.ts';
import { alert } from '../components/messages.ts';
import { layout } from '../layout.ts';

export interface NotOpenProps {
  action: string;
  application: string;
}

/** Its contract opens it to other schools than this person's. */
export function notOpenPage({ action, application }: NotOpenProps, page: Page): Html {
  const { t } = page;
  const back = button({ label: t('contracts.not_open_back') });
  const home = linkButton({ label: t('contracts.not_open_home'), href: '/', kind: 'quiet' });
  return layout(page, {
    title: t('contracts.not_open_title', { application }),
    body: html`
      ${alert({ kind: 'info', body: t('contracts.not_open_what') })}
      <p>${t('contracts.not_open_next')}</p>
      ${form(page, { action, body: actions(back, home) })}`,
  });
}
