import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { actions, linkButton } from '../components/form.ts';
import { instructions } from '../components/guidance.ts';
import { layout } from '../layout.ts';

/** Signed in, and nothing here is theirs: pupils and guardians come by mistake, and are told where they belong. */
export function nothingToDoPage(_: object, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('console.nothing_title'),
    lead: t('console.nothing_lead'),
    body: html`
      <p>${t('console.nothing_text')}</p>
      ${actions(linkButton({ label: t('console.to_home'), href: '/', kind: 'primary' }))}`,
  });
}

/** Staff whose account has a password alone. */
export function needsFactorPage(_: object, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('console.factor_title'),
    lead: t('console.factor_lead'),
    body: html`
      ${instructions([t('console.factor_add'), t('console.factor_scan'), t('console.factor_back')])}
      ${actions(
        linkButton({ label: t('console.factor_open'), href: '/account/second-factor', kind: 'primary' }),
        linkButton({ label: t('console.to_home'), href: '/', kind: 'quiet' }),
      )}`,
  });
}
