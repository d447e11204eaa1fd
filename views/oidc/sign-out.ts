import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { actions, button, form, linkButton } from '../components/form.ts';
import { layout } from '../layout.ts';

export interface SignOutProps {
  /** The engine's endpoint that ends the session. */
  action: string;
  xsrf: string;
  application: string | undefined;
}

/** Nobody is signed out by a link alone (ASVS 10.6.2). */
export function signOutPage({ action, xsrf, application }: SignOutProps, page: Page): Html {
  const { t } = page;
  const leave = button({ label: t('oidc.sign_out'), name: 'logout', value: 'yes' });
  const stay = linkButton({ label: t('oidc.stay'), href: '/', kind: 'quiet' });
  return layout(page, {
    title: t('oidc.sign_out_title'),
    lead: application ? t('oidc.sign_out_asked', { application }) : t('oidc.sign_out_lead'),
    body: html`
      <p>${t('oidc.sign_out_everywhere')}</p>
      ${form(page, { action, body: html`<input type="hidden" name="xsrf" value="${xsrf}">${actions(leave, stay)}` })}`,
  });
}
