import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { type Errors, field } from '../components/field.ts';
import { actions, button, form } from '../components/form.ts';
import { details, steps } from '../components/guidance.ts';
import { layout } from '../layout.ts';
import { otpField } from '../second-factors/enrol-totp.ts';

export interface SecondFactorProps {
  action: string;
  /** The page of the other way. */
  other: string;
  startAgain: string;
  errors?: Errors | undefined;
}

export function otpPage(props: SecondFactorProps, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('second-factors.otp_title'),
    lead: t('second-factors.otp_lead'),
    before: steps(page, { current: 2, total: 2, label: t('second-factors.step') }),
    errors: props.errors,
    body: html`
      ${form(page, {
        action: props.action,
        body: html`${otpField(page, props.errors)}${actions(button({ label: t('login.submit') }))}`,
      })}
      <p class="aside"><a href="${props.other}">${t('second-factors.use_recovery_code')}</a></p>
      <p class="aside"><a href="${props.startAgain}">${t('login.other_account')}</a></p>`,
  });
}

export function recoveryCodePage(props: SecondFactorProps, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('second-factors.recovery_title'),
    lead: t('second-factors.recovery_lead'),
    before: steps(page, { current: 2, total: 2, label: t('second-factors.step') }),
    errors: props.errors,
    body: html`
      ${form(page, {
        action: props.action,
        body: html`
          ${field(page, {
            name: 'code',
            label: t('second-factors.recovery_label'),
            hint: t('second-factors.recovery_hint'),
            look: 'code',
            capitals: true,
            maxlength: 40,
            errors: props.errors,
          })}
          ${actions(button({ label: t('login.submit') }))}`,
      })}
      <p class="aside"><a href="${props.other}">${t('second-factors.use_otp')}</a></p>
      ${details({ summary: t('second-factors.neither'), body: html`<p>${t('second-factors.neither_text')}</p>` })}
      <p class="aside"><a href="${props.startAgain}">${t('login.other_account')}</a></p>`,
  });
}
