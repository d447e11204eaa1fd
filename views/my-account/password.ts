import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { passphrase } from '../components/code.ts';
import { type Errors, field } from '../components/field.ts';
import { actions, button, form, linkButton } from '../components/form.ts';
import { details } from '../components/guidance.ts';
import { layout } from '../layout.ts';
import { ownNavigation } from './navigation.ts';

export interface PasswordProps {
  name: string;
  username: string | undefined;
  /** Five words, to take or to leave. */
  proposal: string;
  errors?: Errors | undefined;
}

export function passwordPage(props: PasswordProps, page: Page): Html {
  const { t } = page;
  const { name, proposal, errors } = props;
  return layout(page, {
    title: t('my-account.password_title'),
    lead: t('my-account.password_lead'),
    ...ownNavigation(page, { name, current: '/account' }),
    errors,
    body: html`
      ${form(page, { action: '/account/password', body: fields(page, props) })}
      ${details({
        summary: t('my-account.proposal_summary'),
        body: html`<p>${t('my-account.proposal_text')}</p>${passphrase({ label: t('my-account.proposal_label'), value: proposal })}`,
      })}`,
  });
}

function fields(page: Page, { username, errors }: PasswordProps): Html {
  const { t } = page;
  // Password managers file the new password under the name they find in the form.
  const forManagers = html`<input type="text" name="username" value="${username}" autocomplete="username" hidden readonly>`;
  return html`
    ${username && forManagers}
    ${field(page, {
      name: 'current',
      label: t('my-account.current_password'),
      type: 'password',
      autocomplete: 'current-password',
      errors,
    })}
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
