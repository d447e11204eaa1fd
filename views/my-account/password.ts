import { attributes, type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { passphrase } from '../components/code.ts';
import { type Errors, field, withoutField } from '../components/field.ts';
import { actions, button, form, linkButton } from '../components/form.ts';
import { details } from '../components/guidance.ts';
import { layout } from '../layout.ts';
import { ownNavigation } from './navigation.ts';

export interface PasswordProps {
  name: string;
  username: string | undefined;
  /** Five words, to take or to leave. */
  proposal: string;
  /** The mark that they were drawn here. */
  offer: string;
  /** The youngest take the words: a child of eight chooses what others guess. */
  choice: 'own' | 'offered-only';
  errors?: Errors | undefined;
}

export function passwordPage(props: PasswordProps, page: Page): Html {
  const { t } = page;
  const { name, choice } = props;
  const isOwn = choice === 'own';
  const errors = isOwn ? props.errors : forTheYoungest(props.errors);
  return layout(page, {
    title: t(isOwn ? 'my-account.password_title' : 'my-account.words_title'),
    lead: t(isOwn ? 'my-account.password_lead' : 'my-account.words_lead'),
    ...ownNavigation(page, { name, current: '/account' }),
    errors,
    body: html`
      ${form(page, { action: '/account/password', body: isOwn ? fields(page, props) : wordsOnly(page, { ...props, errors }) })}
      ${isOwn && proposalOf(page, props)}`,
  });
}

/** Spoken to as on the rest of their page. */
function forTheYoungest(errors: Errors | undefined): Errors | undefined {
  const told = Object.entries(errors ?? {}).map(([name, key]) => [name, IN_CHILDS_WORDS[key] ?? key]);
  return errors && withoutField(Object.fromEntries(told), 'password');
}

const IN_CHILDS_WORDS: Readonly<Record<string, string>> = {
  'my-account.current_missing': 'my-account.words_current_missing',
  'my-account.current_wrong': 'my-account.words_current_wrong',
  'my-account.current_paused': 'my-account.words_paused',
  'my-account.new_missing': 'activation.password_not_offered',
};

function proposalOf({ t }: Page, { proposal }: PasswordProps): Html {
  return details({
    summary: t('my-account.proposal_summary'),
    body: html`<p>${t('my-account.proposal_text')}</p>${passphrase({ label: t('my-account.proposal_label'), value: proposal })}`,
  });
}

function currentField(page: Page, { username, errors, choice }: PasswordProps): Html {
  const { t } = page;
  // Password managers file the new password under the name they find in the form.
  const forManagers = html`<input type="text" name="username" value="${username}" autocomplete="username" hidden readonly>`;
  return html`
    ${username && forManagers}
    ${field(page, {
      name: 'current',
      label: t(choice === 'own' ? 'my-account.current_password' : 'my-account.words_current'),
      type: 'password',
      autocomplete: 'current-password',
      errors,
    })}`;
}

function wordsOnly(page: Page, props: PasswordProps): Html {
  const { t } = page;
  const { proposal, offer } = props;
  return html`
    ${currentField(page, props)}
    ${passphrase({ label: t('my-account.words_label'), value: proposal })}
    <p>${t('activation.words_text')}</p>
    <input${attributes({ type: 'hidden', name: 'offer', value: offer })}>
    ${actions(
      button({ label: t('activation.passphrase_take'), name: 'passphrase', value: proposal }),
      linkButton({ label: t('my-account.back'), href: '/account', kind: 'quiet' }),
    )}`;
}

function fields(page: Page, props: PasswordProps): Html {
  const { t } = page;
  const { errors } = props;
  return html`
    ${currentField(page, props)}
    ${field(page, {
      name: 'password',
      label: t('my-account.new_password'),
      hint: t('my-account.new_password_hint'),
      type: 'password',
      autocomplete: 'new-password',
      errors,
    })}
    ${actions(
      button({ label: t('my-account.password_save') }),
      linkButton({ label: t('my-account.back'), href: '/account', kind: 'quiet' }),
    )}`;
}
