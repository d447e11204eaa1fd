import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { codeDisplay, passphrase, qrCode } from '../components/code.ts';
import { type Errors, field } from '../components/field.ts';
import { actions, button, form } from '../components/form.ts';
import { instructions, section, steps } from '../components/guidance.ts';
import { layout } from '../layout.ts';

export interface SecondFactorProps {
  username: string;
  /** The same secret three times: as a picture, as a link for this device, as letters. */
  image: string;
  link: string;
  secret: string;
  ticket: string;
  /** Staff must have a second factor. */
  later: 'offered' | 'not-offered';
  errors?: Errors | undefined;
}

export function secondFactorPage(props: SecondFactorProps, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('activation.factor_title'),
    lead: t('activation.factor_lead'),
    before: steps(page, { current: 3, total: 4, label: t('activation.factor_step') }),
    errors: props.errors,
    body: html`
      ${passphrase({ label: t('activation.username'), value: props.username })}
      ${section({ title: t('activation.factor_heading'), body: enrolment(props, page) })}
      ${props.later === 'offered' && later(page)}`,
  });
}

function enrolment({ image, link, secret, ticket, errors }: SecondFactorProps, page: Page): Html {
  const { t } = page;
  return html`
    <p>${t('activation.factor_text')}</p>
    ${instructions([t('activation.factor_open'), t('activation.factor_scan'), t('activation.factor_type')])}
    ${qrCode({ label: t('activation.factor_qr'), image })}
    ${codeDisplay({ label: t('activation.factor_secret'), value: secret })}
    <p><a href="${link}">${t('activation.factor_here')}</a></p>
    ${form(page, {
      action: '/activate/second-factor',
      body: html`
        <input type="hidden" name="ticket" value="${ticket}">
        ${field(page, { name: 'otp', label: t('activation.otp'), look: 'code', autocomplete: 'one-time-code', inputmode: 'numeric', maxlength: 12, errors })}
        ${actions(button({ label: t('activation.factor_confirm') }))}`,
    })}`;
}

function later(page: Page): Html {
  const { t } = page;
  const skip = button({ label: t('activation.later'), kind: 'quiet', name: 'later', value: 'yes' });
  return form(page, {
    action: '/activate/second-factor',
    body: html`<p>${t('activation.later_text')}</p>${actions(skip)}`,
  });
}
