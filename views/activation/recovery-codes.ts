import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { codeList } from '../components/code.ts';
import { actions, button, form } from '../components/form.ts';
import { steps } from '../components/guidance.ts';
import { layout } from '../layout.ts';

export interface RecoveryCodesProps {
  /** Shown once; undefined: they were shown already. */
  codes?: readonly string[] | undefined;
}

export function recoveryCodesPage({ codes }: RecoveryCodesProps, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: codes ? t('activation.codes_title') : t('activation.codes_again_title'),
    lead: codes ? t('activation.codes_lead') : t('activation.codes_again_lead'),
    before: steps(page, { current: 4, total: 4, label: t('activation.codes_step') }),
    body: html`
      ${codes && codeList({ label: t('activation.codes_label'), values: codes })}
      ${codes && html`<p>${t('activation.codes_keep')}</p>`}
      ${form(page, { action: '/activate/recovery-codes', body: buttons(codes !== undefined ? 'shown' : 'again', page) })}`,
  });
}

function buttons(state: 'shown' | 'again', { t }: Page): Html {
  const kept = button({ label: t('activation.codes_kept'), name: 'codes', value: 'kept' });
  const again = button({
    label: t('activation.codes_again'),
    kind: 'secondary',
    name: 'codes',
    value: 'again',
  });
  return state === 'shown' ? actions(kept) : actions(kept, again);
}
