import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { actions, button, form, linkButton } from '../components/form.ts';
import { layout } from '../layout.ts';

export interface AccountSwitchProps {
  action: string;
  xsrf: string;
}

/** Somebody else is still signed in in this browser: theirs ends before this one begins. */
export function accountSwitchPage({ action, xsrf }: AccountSwitchProps, page: Page): Html {
  const { t } = page;
  const goOn = button({ label: t('oidc.switch'), name: 'logout', value: 'yes' });
  const stay = linkButton({ label: t('oidc.switch_back'), href: '/', kind: 'quiet' });
  return layout(page, {
    title: t('oidc.switch_title'),
    lead: t('oidc.switch_lead'),
    body: form(page, {
      action,
      body: html`<input type="hidden" name="xsrf" value="${xsrf}">${actions(goOn, stay)}`,
    }),
  });
}
