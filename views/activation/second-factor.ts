import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { passphrase } from '../components/code.ts';
import { actions, button, form } from '../components/form.ts';
import { section, steps } from '../components/guidance.ts';
import { layout } from '../layout.ts';
import { type TotpEnrolmentProps, totpEnrolment } from '../second-factors/enrol-totp.ts';

export interface SecondFactorProps
  extends Pick<TotpEnrolmentProps, 'image' | 'secret' | 'ticket' | 'errors'> {
  username: string;
  /** For an application on this very device. */
  link: string;
  /** Staff must have a second factor. */
  later: 'offered' | 'not-offered';
}

export function secondFactorPage(
  { username, link, later, ...enrolment }: SecondFactorProps,
  page: Page,
): Html {
  const { t } = page;
  return layout(page, {
    title: t('activation.factor_title'),
    lead: t('activation.factor_lead'),
    before: steps(page, { current: 3, total: 4, label: t('activation.factor_step') }),
    errors: enrolment.errors,
    body: html`
      ${passphrase({ label: t('activation.username'), value: username })}
      ${section({
        title: t('activation.factor_heading'),
        body: html`
          <p>${t('activation.factor_text')}</p>
          ${totpEnrolment(page, { ...enrolment, action: '/activate/second-factor' })}
          <p><a href="${link}">${t('activation.factor_here')}</a></p>`,
      })}
      ${later === 'offered' && skip(page)}`,
  });
}

function skip(page: Page): Html {
  const { t } = page;
  const without = button({ label: t('activation.later'), kind: 'secondary', name: 'later', value: 'yes' });
  return section({
    title: t('activation.later_title'),
    body: form(page, {
      action: '/activate/second-factor',
      body: html`<p>${t('activation.later_text')}</p>${actions(without)}`,
    }),
  });
}
