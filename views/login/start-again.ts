import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { actions, linkButton } from '../components/form.ts';
import { layout } from '../layout.ts';

/** The sign-in expired, is over, or was begun in another browser. */
export function startAgainPage(_: object, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('login.start_again_title'),
    lead: t('login.start_again_lead'),
    body: html`
      <p>${t('login.start_again_next')}</p>
      ${actions(linkButton({ label: t('login.home'), href: '/', kind: 'primary' }))}`,
  });
}
