import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import type { About } from '../../src/login/interaction.ts';
import { checkbox } from '../components/choices.ts';
import { type Errors, field } from '../components/field.ts';
import { actions, button, form } from '../components/form.ts';
import { details } from '../components/guidance.ts';
import { layout } from '../layout.ts';

export interface SignInProps {
  action: string;
  /** The application that asked; undefined for our own pages. */
  application?: string | undefined;
  about?: About | undefined;
  username?: string | undefined;
  isShared?: boolean | undefined;
  errors?: Errors | undefined;
}

export function signInPage(props: SignInProps, page: Page): Html {
  const { t } = page;
  const { application, about, errors } = props;
  return layout(page, {
    title: t('login.title'),
    lead: application ? t('login.lead_application', { application }) : t('login.lead'),
    errors,
    body: html`
      ${about?.logo && html`<p><img src="${about.logo}" alt="" width="64" height="64"></p>`}
      ${form(page, { action: props.action, body: fields(page, props) })}
      ${details({
        summary: t('login.help_summary'),
        body: html`<p>${t('login.help_username')}</p><p>${t('login.help_password')}</p>`,
      })}
      <p class="aside">${t('login.first_time')} <a href="/activate">${t('login.activate')}</a></p>
      ${application && about && saidBy(page, application, about)}`,
  });
}

/** In its own words: they lie with its publisher, not with us. */
function saidBy({ t }: Page, application: string, { policy, terms }: About): Html {
  return html`
    ${policy && html`<p class="aside"><a href="${policy}" rel="noreferrer">${t('login.application_policy', { application })}</a></p>`}
    ${terms && html`<p class="aside"><a href="${terms}" rel="noreferrer">${t('login.application_terms', { application })}</a></p>`}`;
}

function fields(page: Page, { username, isShared, errors }: SignInProps): Html {
  const { t } = page;
  return html`
    ${field(page, {
      name: 'username',
      label: t('login.username'),
      hint: t('login.username_hint'),
      autocomplete: 'username',
      value: username,
      maxlength: 254,
      errors,
    })}
    ${field(page, {
      name: 'password',
      label: t('login.password'),
      type: 'password',
      autocomplete: 'current-password',
      errors,
    })}
    ${checkbox(page, { name: 'shared', label: t('login.shared'), hint: t('login.shared_hint'), checked: isShared })}
    ${actions(button({ label: t('login.submit') }))}`;
}
