import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { checkbox } from '../components/choices.ts';
import type { Errors } from '../components/field.ts';
import { actions, button, form, linkButton } from '../components/form.ts';
import { instructions } from '../components/guidance.ts';
import { alert } from '../components/messages.ts';
import { layout } from '../layout.ts';
import { ownNavigation } from './navigation.ts';

export function lockPage({ name, errors }: { name: string; errors?: Errors | undefined }, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('my-account.lock_title'),
    lead: t('my-account.lock_lead'),
    ...ownNavigation(page, { name, current: '/account' }),
    errors,
    body: html`
      ${instructions([t('my-account.lock_everywhere'), t('my-account.lock_nobody'), t('my-account.lock_school')])}
      ${form(page, {
        action: '/account/lock',
        body: html`
          ${checkbox(page, { name: 'confirm', label: t('my-account.lock_confirm'), errors })}
          ${actions(
            button({ label: t('my-account.lock_now'), kind: 'danger' }),
            linkButton({ label: t('my-account.back'), href: '/account', kind: 'quiet' }),
          )}`,
      })}`,
  });
}

export function lockedPage(_: object, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('my-account.locked_title'),
    lead: t('my-account.locked_lead'),
    body: html`<p>${t('my-account.locked_next')}</p>${actions(linkButton({ label: t('my-account.nav_home'), href: '/' }))}`,
  });
}

/** A standing order over somebody who is signed in: the session waits for its end, on a shared device for nobody. */
export function frozenPage(_: object, page: Page): Html {
  const { t } = page;
  const leave = button({ label: t('common.sign_out'), kind: 'secondary', name: 'logout', value: 'yes' });
  return layout(page, {
    title: t('my-account.frozen_title'),
    body: html`
      ${alert({ kind: 'info', body: t('my-account.frozen_what') })}
      <p>${t('my-account.frozen_next')}</p>
      ${form(page, { action: '/account/sign-out', body: html`<p>${t('my-account.frozen_leave')}</p>${actions(leave)}` })}`,
  });
}
