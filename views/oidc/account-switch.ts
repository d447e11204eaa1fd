import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { actions, button, form } from '../components/form.ts';
import { layout } from '../layout.ts';

export interface AccountSwitchProps {
  action: string;
  xsrf: string;
  /** Ends the request of the application that asked. */
  cancel: { action: string; field?: { name: string; value: string } };
}

/** Somebody else is still signed in in this browser: theirs ends before this one begins. */
export function accountSwitchPage({ action, xsrf, cancel }: AccountSwitchProps, page: Page): Html {
  const { t } = page;
  const goOn = button({ label: t('oidc.switch'), name: 'logout', value: 'yes' });
  const stay = button({ label: t('oidc.switch_back'), kind: 'quiet', ...cancel.field });
  return layout(page, {
    title: t('oidc.switch_title'),
    lead: t('oidc.switch_lead'),
    body: html`
      ${form(page, { action, body: html`<input type="hidden" name="xsrf" value="${xsrf}">${actions(goOn)}` })}
      ${form(page, { action: cancel.action, body: actions(stay) })}`,
  });
}
