import { attributes, type Html, html } from '../../src/http/html.ts';
import { inParis } from '../../src/http/moments.ts';
import type { Page } from '../../src/http/render.ts';
import { type Errors, field } from '../components/field.ts';
import { actions, button, form, linkButton } from '../components/form.ts';
import { details, emptyState, section } from '../components/guidance.ts';
import { rowList } from '../components/lists.ts';
import { alert } from '../components/messages.ts';
import { layout } from '../layout.ts';
import { ownNavigation } from './navigation.ts';

export interface Request {
  id: string;
  child: string;
  madeAt: Date;
}

export interface VouchProps {
  /** Of whoever is signed in. */
  name: string;
  /** Of their own children alone; the one to answer in front. */
  requests: readonly Request[];
  /** Without a second factor nobody vouches. */
  hasFactor: boolean;
  errors?: Errors | undefined;
}

export function vouchPage({ name, requests, hasFactor, errors }: VouchProps, page: Page): Html {
  const { t } = page;
  const [first, ...others] = requests;
  return layout(page, {
    title: t('my-account.vouch_title'),
    lead: first && t('my-account.vouch_lead'),
    ...ownNavigation(page, { name, current: '/account' }),
    errors,
    body: html`
      ${!first && emptyState({ title: t('my-account.vouch_none'), body: html`<p>${t('my-account.vouch_none_text')}</p>` })}
      ${first && (hasFactor ? answer(first, errors, page) : addFactor(page))}
      ${first && details({ summary: t('my-account.vouch_stranger'), body: refuse(first, page) })}
      ${others.length > 0 && rowList(others.map((one) => row(one, page)))}
      ${!first && actions(linkButton({ label: t('my-account.vouch_back'), href: '/account' }))}`,
  });
}

function answer(request: Request, errors: Errors | undefined, page: Page): Html {
  const { t } = page;
  return section({
    title: titleOf(request, page),
    body: form(page, {
      action: '/account/vouch',
      body: html`
        <input${attributes({ type: 'hidden', name: 'request', value: request.id })}>
        ${field(page, {
          ...{ name: 'proof', label: t('my-account.vouch_digits'), hint: t('my-account.vouch_digits_hint') },
          ...{ look: 'code', inputmode: 'numeric', maxlength: 5, errors },
        })}
        ${field(page, {
          ...{ name: 'otp', label: t('my-account.vouch_otp'), look: 'code', inputmode: 'numeric' },
          ...{ autocomplete: 'one-time-code', maxlength: 10, errors },
        })}
        ${actions(
          button({ label: t('my-account.vouch_confirm') }),
          linkButton({ label: t('my-account.vouch_back'), href: '/account', kind: 'quiet' }),
        )}`,
    }),
  });
}

function refuse({ id }: Request, page: Page): Html {
  const { t } = page;
  return html`
    <p>${t('my-account.vouch_stranger_text')}</p>
    ${form(page, {
      action: '/account/vouch/refuse',
      body: html`
        <input${attributes({ type: 'hidden', name: 'request', value: id })}>
        ${actions(button({ label: t('my-account.vouch_refuse'), kind: 'danger' }))}`,
    })}`;
}

function addFactor({ t }: Page): Html {
  return html`
    ${alert({ kind: 'info', body: t('my-account.vouch_factor') })}
    ${actions(linkButton({ label: t('my-account.vouch_factor_add'), href: '/account/second-factor', kind: 'primary' }))}`;
}

function row(request: Request, page: Page) {
  const href = `/account/vouch?request=${request.id}`;
  return {
    title: titleOf(request, page),
    action: linkButton({ label: page.t('my-account.vouch_open'), href }),
  };
}

function titleOf({ child, madeAt }: Request, { t, locale }: Page): string {
  return t('my-account.vouch_child', { name: child, time: inParis(locale, madeAt, { timeStyle: 'short' }) });
}
