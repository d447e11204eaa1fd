import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { type Errors, field } from '../components/field.ts';
import { actions, button, form, linkButton } from '../components/form.ts';
import { details, steps } from '../components/guidance.ts';
import { layout } from '../layout.ts';

export interface HalfProps {
  errors?: Errors | undefined;
}

/** The same whether a message left or not. */
export function halfPage({ errors }: HalfProps, page: Page): Html {
  const { t } = page;
  const proof = field(page, {
    ...{ name: 'proof', label: t('activation.half'), hint: t('activation.half_hint'), look: 'code' },
    ...{ autocomplete: 'one-time-code', capitals: true, maxlength: 64, errors },
  });
  return layout(page, {
    title: t('activation.half_title'),
    lead: t('activation.half_lead'),
    before: steps(page, { current: 1, total: 4, label: t('activation.ways_step') }),
    errors,
    body: html`
      ${form(page, { action: '/activate/wait', body: html`${proof}${actions(button({ label: t('activation.continue') }))}` })}
      ${details({
        summary: t('activation.half_nothing'),
        body: html`<p>${t('activation.half_nothing_text')}</p>
          ${actions(linkButton({ label: t('activation.wait_again'), href: '/activate' }))}`,
      })}`,
  });
}
