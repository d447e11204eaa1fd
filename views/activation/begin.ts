import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { type Errors, field } from '../components/field.ts';
import { actions, button, form } from '../components/form.ts';
import { details, steps } from '../components/guidance.ts';
import { layout } from '../layout.ts';

export interface BeginProps {
  /** Read from the letter's QR code. */
  code?: string | undefined;
  errors?: Errors | undefined;
}

export function beginPage({ code, errors }: BeginProps, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: t('activation.begin_title'),
    lead: t('activation.begin_lead'),
    before: steps(page, { current: 1, total: 4, label: t('activation.begin_step') }),
    errors,
    body: html`
      ${form(page, { action: '/activate', body: html`${fields({ code, errors }, page)}` })}
      ${details({ summary: t('activation.no_letter'), body: html`<p>${t('activation.no_letter_text')}</p>` })}`,
  });
}

function fields({ code, errors }: BeginProps, page: Page): Html {
  const { t } = page;
  const hint = code ? t('activation.code_prefilled') : t('activation.code_hint');
  return html`
    ${field(page, { name: 'code', label: t('activation.code'), hint, look: 'code', value: code, maxlength: 64, capitals: true, errors })}
    ${field(page, { name: 'proof', label: t('activation.proof'), hint: t('activation.proof_hint_begin'), look: 'code', maxlength: 64, required: false, errors })}
    ${actions(button({ label: t('activation.continue') }))}`;
}
