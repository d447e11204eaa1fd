import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { codeList } from '../components/code.ts';
import { alert } from '../components/messages.ts';

/** The part of a page that shows ten new codes, once. `codes` as `formatRecoveryCode` writes them. */
export function recoveryCodes(page: Page, codes: readonly string[]): Html {
  const { t } = page;
  return html`
    ${alert({ kind: 'warning', title: t('second-factors.codes_once'), body: t('second-factors.codes_keep') })}
    ${codeList({ label: t('second-factors.codes_label'), values: codes.map((code) => code.replaceAll('-', '')) })}
    <p>${t('second-factors.codes_use')}</p>`;
}
