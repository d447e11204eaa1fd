import { type Html, html } from '../../src/http/html.ts';
import { inParis } from '../../src/http/moments.ts';
import type { Page } from '../../src/http/render.ts';
import { actions, button, form, linkButton } from '../components/form.ts';
import { instructions } from '../components/guidance.ts';
import { alert } from '../components/messages.ts';
import { layout } from '../layout.ts';
import { type TotpEnrolmentProps, totpEnrolment } from '../second-factors/enrol-totp.ts';
import { recoveryCodes } from '../second-factors/recovery-codes.ts';
import { ownNavigation } from './navigation.ts';

export interface EnrolProps extends Pick<TotpEnrolmentProps, 'secret' | 'image' | 'ticket' | 'errors'> {
  name: string;
  isReplacing: boolean;
}

export function enrolPage({ name, isReplacing, ...enrolment }: EnrolProps, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('my-account.enrol_title'),
    lead: t('my-account.enrol_lead'),
    ...ownNavigation(page, { name, current: '/account' }),
    errors: enrolment.errors,
    body: html`
      ${isReplacing && alert({ kind: 'info', body: t('my-account.enrol_replaces') })}
      ${totpEnrolment(page, {
        ...enrolment,
        action: '/account/second-factor',
        cancel: { href: '/account', label: t('my-account.back') },
      })}`,
  });
}

/** Shortly after the claim: until when, and who helps meanwhile. */
export function heldPage({ name, until }: { name: string; until: Date }, page: Page): Html {
  const { t, locale } = page;
  const time = inParis(locale, until, { dateStyle: 'full', timeStyle: 'short' });
  return layout(page, {
    title: t('my-account.held_title'),
    lead: t('my-account.held_lead', { time }),
    ...ownNavigation(page, { name, current: '/account' }),
    body: html`
      ${instructions([t('my-account.held_why'), t('my-account.held_lost'), t('my-account.held_stranger')])}
      ${actions(
        linkButton({ label: t('my-account.back'), href: '/account', kind: 'primary' }),
        linkButton({ label: t('my-account.held_lock'), href: '/account/lock' }),
      )}`,
  });
}

export function renewCodesPage({ name }: { name: string }, page: Page): Html {
  const { t } = page;
  const confirm = actions(
    button({ label: t('my-account.codes_confirm') }),
    linkButton({ label: t('my-account.back'), href: '/account', kind: 'quiet' }),
  );
  return layout(page, {
    title: t('my-account.codes_title'),
    lead: t('my-account.codes_lead'),
    ...ownNavigation(page, { name, current: '/account' }),
    body: form(page, { action: '/account/recovery-codes', body: confirm }),
  });
}

export interface NewCodesProps {
  name: string;
  codes: readonly string[];
  /** `ended`: all of them, with the factor that was replaced. */
  sessions: 'kept' | 'ended';
}

/** The only time they are shown. ASVS 7.4.3: an offer to end the other sessions after a change of factor. */
export function newCodesPage({ name, codes, sessions }: NewCodesProps, page: Page): Html {
  const { t } = page;
  const endOthers = button({ label: t('my-account.end_others'), kind: 'quiet' });
  const offer = html`<p>${t('my-account.end_others_offer')}</p>
      ${form(page, { action: '/account/sessions/end-others', body: actions(endOthers) })}`;
  return layout(page, {
    title: t('my-account.new_codes_title'),
    isShownOnce: true,
    ...ownNavigation(page, { name, current: '/account' }),
    body: html`
      ${recoveryCodes(page, codes)}
      ${actions(linkButton({ label: t('my-account.codes_kept'), href: '/account', kind: 'primary' }))}
      ${sessions === 'kept' ? offer : html`<p>${t('my-account.factor_replaced')}</p>`}`,
  });
}
