import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { actions, button, form, linkButton } from '../components/form.ts';
import { instructions } from '../components/guidance.ts';
import { layout } from '../layout.ts';

/** Says nothing of anybody: whoever opens a link of a notice sees this, a mail scanner too. */
export function notMePage({ token }: { token: string }, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('notices.page_title'),
    lead: t('notices.page_lead'),
    body: html`
      ${instructions([t('notices.page_locks'), t('notices.page_school'), t('notices.page_mistake')])}
      ${form(page, {
        action: '/not-me',
        body: html`<input type="hidden" name="token" value="${token}">
          ${actions(
            button({ label: t('notices.page_button'), kind: 'danger' }),
            linkButton({ label: t('notices.page_leave'), href: '/', kind: 'quiet' }),
          )}`,
      })}`,
  });
}

export function claimDisownedPage(_: object, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('notices.locked_title'),
    lead: t('notices.locked_lead'),
    body: html`
      ${instructions([t('notices.locked_told'), t('notices.locked_call'), t('notices.locked_new')])}
      ${actions(linkButton({ label: t('notices.locked_home'), href: '/' }))}`,
  });
}

/** It locked once; the school has lifted that lock. Who knows better calls. */
export function liftedSincePage(_: object, page: Page): Html {
  return nothingChangedPage(page, 'lifted');
}

export function unknownLinkPage(_: object, page: Page): Html {
  return nothingChangedPage(page, 'unknown');
}

function nothingChangedPage(page: Page, why: 'lifted' | 'unknown'): Html {
  const { t } = page;
  return layout(page, {
    title: t(`notices.${why}_title`),
    lead: t(`notices.${why}_lead`),
    body: html`<p>${t('notices.unknown_next')}</p>${actions(linkButton({ label: t('notices.locked_home'), href: '/' }))}`,
  });
}
