import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { actions, linkButton } from '../components/form.ts';
import { layout } from '../layout.ts';

export function signedOutPage(_: object, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('oidc.signed_out_title'),
    lead: t('oidc.signed_out_lead'),
    body: html`
      <p>${t('oidc.signed_out_next')}</p>
      ${actions(linkButton({ label: t('oidc.home'), href: '/', kind: 'primary' }))}`,
  });
}
