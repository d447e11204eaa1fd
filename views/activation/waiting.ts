import { type Html, html } from '../../src/http/html.ts';
import { inParis } from '../../src/http/moments.ts';
import type { Page } from '../../src/http/render.ts';
import { shownCode } from '../components/code.ts';
import { actions, linkButton } from '../components/form.ts';
import { details, instructions, steps } from '../components/guidance.ts';
import { layout } from '../layout.ts';

export interface WaitingProps {
  ceremony: 'guardian-vouch' | 'desk';
  /** Two digits, or six characters. */
  shown: string;
  expiresAt: Date;
  issuer: string;
}

/** The same whether somebody can answer or nobody ever will. */
export function waitingPage({ ceremony, shown, expiresAt, issuer }: WaitingProps, page: Page): Html {
  const { t } = page;
  const key = ceremony === 'desk' ? 'desk' : 'vouch';
  const address = `${issuer.replace(/^https?:\/\//, '')}/account`;
  const time = inParis(page.locale, expiresAt, { timeStyle: 'short' });
  return layout(page, {
    title: t(`activation.wait_${key}_title`),
    lead: t(`activation.wait_${key}_lead`),
    before: steps(page, { current: 1, total: 4, label: t('activation.ways_step') }),
    body: html`
      ${shownCode({ label: t(`activation.wait_${key}_shown`), value: inThrees(shown) })}
      ${instructions([
        t(`activation.wait_${key}_first`, { address }),
        t(`activation.wait_${key}_second`),
        t(`activation.wait_${key}_third`),
      ])}
      <p>${t('activation.wait_alone', { time })}</p>
      ${actions(
        linkButton({ label: t('activation.wait_look'), href: '/activate/wait', kind: 'primary' }),
        linkButton({ label: t('activation.wait_again'), href: '/activate' }),
      )}
      ${details({ summary: t('activation.wait_nothing'), body: html`<p>${t(`activation.wait_${key}_nothing`)}</p>` })}`,
  });
}

function inThrees(text: string): string {
  return text.length > 3 ? `${text.slice(0, 3)} ${text.slice(3)}` : text;
}
