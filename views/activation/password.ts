import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { passphrase as passphraseBox } from '../components/code.ts';
import { type Errors, field } from '../components/field.ts';
import { actions, button, form } from '../components/form.ts';
import { details, section, steps } from '../components/guidance.ts';
import { layout } from '../layout.ts';

export interface PasswordProps {
  givenName: string;
  /** Five words to take without typing. */
  passphrase: string;
  errors?: Errors | undefined;
}

export function passwordPage(props: PasswordProps, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('activation.password_title', { name: props.givenName }),
    lead: t('activation.password_lead'),
    before: steps(page, { current: 2, total: 4, label: t('activation.password_step') }),
    errors: props.errors,
    body: html`
      ${form(page, { action: '/activate/password', body: choices(props, page) })}
      ${details({ summary: t('activation.not_me'), body: html`<p>${t('activation.not_me_text')}</p>` })}`,
  });
}

// One form: the first button is what Enter presses, so that a typed password is never replaced by the phrase.
function choices({ passphrase, errors }: PasswordProps, page: Page): Html {
  const { t } = page;
  const take = {
    label: t('activation.passphrase_take'),
    kind: 'secondary',
    name: 'passphrase',
    value: passphrase,
  } as const;
  return html`
    ${field(page, { name: 'password', label: t('activation.password'), hint: t('activation.password_hint'), type: 'password', autocomplete: 'new-password', errors })}
    ${actions(button({ label: t('activation.password_choose') }))}
    ${section({
      title: t('activation.passphrase_title'),
      body: html`
        ${passphraseBox({ label: t('activation.passphrase'), value: passphrase })}
        <p>${t('activation.passphrase_text')}</p>
        ${actions(button(take))}`,
    })}`;
}
