import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { codeDisplay, qrCode } from '../components/code.ts';
import { type Errors, field } from '../components/field.ts';
import { actions, button, form, linkButton } from '../components/form.ts';
import { details, instructions } from '../components/guidance.ts';

export interface TotpEnrolmentProps {
  action: string;
  /** Base 32, without spaces. */
  secret: string;
  /** `totpQrImage`. */
  image: string;
  /** Carries the unconfirmed secret, sealed. */
  ticket?: string | undefined;
  errors?: Errors | undefined;
  cancel?: { href: string; label: string } | undefined;
}

/** The part of a page that shows a new secret and asks for its first code. */
export function totpEnrolment(page: Page, props: TotpEnrolmentProps): Html {
  const { t } = page;
  const { action, secret, image, ticket, errors, cancel } = props;
  return html`
    ${instructions([
      t('second-factors.enrol_install'),
      t('second-factors.enrol_scan'),
      t('second-factors.enrol_type'),
    ])}
    ${qrCode({ label: t('second-factors.qr_label'), image })}
    ${details({
      summary: t('second-factors.cannot_scan'),
      open: true,
      body: html`<p>${t('second-factors.secret_explained')}</p>${codeDisplay({ label: t('second-factors.secret_label'), value: secret })}`,
    })}
    ${form(page, {
      action,
      body: html`
        ${ticket && html`<input type="hidden" name="ticket" value="${ticket}">`}
        ${otpField(page, errors)}
        ${actions(button({ label: t('second-factors.enrol_confirm') }), cancel && linkButton({ ...cancel, kind: 'quiet' }))}`,
    })}`;
}

export function otpField(page: Page, errors: Errors | undefined): Html {
  return field(page, {
    name: 'otp',
    label: page.t('second-factors.otp_label'),
    hint: page.t('second-factors.otp_hint'),
    autocomplete: 'one-time-code',
    inputmode: 'numeric',
    look: 'code',
    maxlength: 20,
    errors,
  });
}
