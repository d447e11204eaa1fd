import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { actions, button, form } from '../components/form.ts';
import { steps } from '../components/guidance.ts';
import { layout } from '../layout.ts';
import { recoveryCodes } from '../second-factors/recovery-codes.ts';

export interface RecoveryCodesProps {
  /** Shown once; undefined: they were shown already. */
  codes?: readonly string[] | undefined;
}

export function recoveryCodesPage({ codes }: RecoveryCodesProps, page: Page): Html {
  const { t } = page;
  const kept = button({ label: t('activation.codes_kept'), name: 'codes', value: 'kept' });
  const again = button({
    label: t('activation.codes_again'),
    kind: 'secondary',
    name: 'codes',
    value: 'again',
  });
  return layout(page, {
    title: codes ? t('activation.codes_title') : t('activation.codes_again_title'),
    lead: codes ? undefined : t('activation.codes_again_lead'),
    isShownOnce: codes !== undefined,
    before: steps(page, { current: 4, total: 4, label: t('activation.codes_step') }),
    body: html`
      ${codes && recoveryCodes(page, codes)}
      ${form(page, { action: '/activate/recovery-codes', body: codes ? actions(kept) : actions(kept, again) })}`,
  });
}
