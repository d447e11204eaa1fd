import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { actions, button, form } from '../components/form.ts';
import { layout } from '../layout.ts';

export interface ContinueProps {
  application: string;
  action: string;
}

/** Before an application on this device gets an answer. */
export function continuePage({ application, action }: ContinueProps, page: Page): Html {
  const { t } = page;
  const yes = button({ label: t('oidc.continue_yes'), name: 'continue', value: 'yes' });
  const no = button({ label: t('oidc.continue_no'), kind: 'quiet', name: 'continue', value: 'no' });
  return layout(page, {
    title: t('oidc.continue_title', { application }),
    lead: t('oidc.continue_lead'),
    body: html`${form(page, { action, body: actions(yes, no) })}`,
  });
}
