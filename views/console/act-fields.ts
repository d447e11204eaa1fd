import { type Html, html, type Printable } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import type { Errors } from '../components/field.ts';
import { actions, button, form, linkButton } from '../components/form.ts';
import { otpField } from '../second-factors/enrol-totp.ts';

export interface ActForm {
  action: string;
  /** What is chosen before the code. */
  body?: Printable;
  label: string;
  back: string;
  /** Other buttons of the same form, which do not act. */
  after?: Printable;
  errors: Errors | undefined;
}

/** A form that acts: the code of this very moment stands last, before its button. */
export function actForm(page: Page, { action, body, label, back, after, errors }: ActForm): Html {
  const { t } = page;
  return form(page, {
    action,
    body: html`
      ${body}
      ${otpField(page, errors)}
      <p class="field-hint">${t('console.otp_why')}</p>
      ${actions(button({ label }), linkButton({ label: t('console.back'), href: back, kind: 'quiet' }))}
      ${after}`,
  });
}
