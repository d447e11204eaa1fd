import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { actions, linkButton } from '../components/form.ts';
import { layout } from '../layout.ts';

export interface RequestRefusedProps {
  /** The standard's code and sentence: for those who run the application. */
  error: string;
  description: string | undefined;
}

/** An application asked in a way that cannot be answered back to it. */
export function requestRefusedPage({ error, description }: RequestRefusedProps, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('oidc.refused_title'),
    lead: t('oidc.refused_lead'),
    body: html`
      <p>${t('oidc.refused_integrators')} <code>${error}</code>${description && html` <span lang="en">${description}</span>`}</p>
      <p class="trace">${t('http.trace')} <code>${page.requestId}</code></p>
      ${actions(linkButton({ label: t('oidc.home'), href: '/', kind: 'primary' }))}`,
  });
}
