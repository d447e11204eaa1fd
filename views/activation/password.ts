import { attributes, type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { passphrase as passphraseBox } from '../components/code.ts';
import { type Errors, field, withoutField } from '../components/field.ts';
import { actions, button, form } from '../components/form.ts';
import { details, section, steps } from '../components/guidance.ts';
import { layout } from '../layout.ts';

export interface PasswordProps {
  givenName: string;
  /** Five words to take without typing. */
  passphrase: string;
  /** The mark that it was drawn here. */
  offer: string;
  /** The youngest take the words: a child of eight chooses what others guess. */
  choice: 'own' | 'offered-only';
  errors?: Errors | undefined;
}

export function passwordPage(props: PasswordProps, page: Page): Html {
  const { t } = page;
  const isOwn = props.choice === 'own';
  return layout(page, {
    title: t(isOwn ? 'activation.password_title' : 'activation.words_title', { name: props.givenName }),
    lead: t(isOwn ? 'activation.password_lead' : 'activation.words_lead'),
    before: steps(page, { current: 2, total: 4, label: t('activation.password_step') }),
    errors: isOwn ? props.errors : withoutField(props.errors, 'password'),
    body: html`
      ${form(page, { action: '/activate/password', body: isOwn ? choices(props, page) : wordsOnly(props, page) })}
      ${details({ summary: t('activation.not_me'), body: html`<p>${t(isOwn ? 'activation.not_me_text' : 'activation.words_not_me')}</p>` })}`,
  });
}

// One form: the first button is what Enter presses, so that a typed password is never replaced by the phrase.
function wordsOnly(props: PasswordProps, page: Page): Html {
  const { t } = page;
  return html`
    ${passphraseBox({ label: t('activation.words_label'), value: props.passphrase })}
    <p>${t('activation.words_text')}</p>
    ${offered(props)}
    ${actions(button({ ...takeOf(props, page), kind: 'primary' }))}`;
}

function offered({ offer }: PasswordProps): Html {
  return html`<input${attributes({ type: 'hidden', name: 'offer', value: offer })}>`;
}

function takeOf({ passphrase }: PasswordProps, { t }: Page) {
  return { label: t('activation.passphrase_take'), name: 'passphrase', value: passphrase };
}

function choices(props: PasswordProps, page: Page): Html {
  const { passphrase, errors } = props;
  const { t } = page;
  const take = { ...takeOf(props, page), kind: 'secondary' } as const;
  return html`
    ${field(page, { name: 'password', label: t('activation.password'), hint: t('activation.password_hint'), type: 'password', autocomplete: 'new-password', errors })}
    ${actions(button({ label: t('activation.password_choose') }))}
    ${section({
      title: t('activation.passphrase_title'),
      body: html`
        ${passphraseBox({ label: t('activation.passphrase'), value: passphrase })}
        <p>${t('activation.passphrase_text')}</p>
        ${offered(props)}
        ${actions(button(take))}`,
    })}`;
}
