import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import type { Terms } from '../../src/relying-parties/contracts/terms.ts';
import type { PersonalClaim } from '../../src/relying-parties/scopes.ts';
import { actions, button, form } from '../components/form.ts';
import { section } from '../components/guidance.ts';
import { facts } from '../components/lists.ts';
import { layout } from '../layout.ts';

export interface InformationProps {
  action: string;
  version: number;
  application: string;
  publisher: string;
  terms: Terms;
  received: readonly { claim: PersonalClaim; reasons: readonly string[] }[];
}

/** The first time somebody reaches an application, and again when its contract changes. Nothing is asked of them. */
export function informationPage(props: InformationProps, page: Page): Html {
  const { t } = page;
  const { application, publisher, terms, received } = props;
  const rows = received.map(
    ({ claim, reasons }) => [t(`contracts.claim_${claim}`), reasons.join(' · ')] as const,
  );
  const hidden = html`<input type="hidden" name="version" value="${String(props.version)}">`;
  return layout(page, {
    title: t('contracts.information_title', { application }),
    lead: t('contracts.information_lead', { application, publisher }),
    body: html`
      ${terms.purpose && html`<p>${t('contracts.information_purpose')} ${terms.purpose}</p>`}
      ${section({
        title: t('contracts.information_what'),
        body: rows.length > 0 ? facts(rows) : html`<p>${t('contracts.information_nothing')}</p>`,
      })}
      ${form(page, { action: props.action, body: html`${hidden}${actions(button({ label: t('contracts.information_continue') }))}` })}
      ${section({ title: t('contracts.information_ask'), body: whomToAsk(props, page) })}`,
  });
}

function whomToAsk({ terms }: InformationProps, { t }: Page): Html {
  const { publisher, retention } = terms;
  return html`
    ${
      publisher &&
      facts([
        [t('contracts.contact'), publisher.contact],
        [t('contracts.data_protection_officer'), publisher.data_protection_officer],
      ])
    }
    ${retention && html`<p>${t('contracts.information_kept')} ${retention}</p>`}
    <p>${t('contracts.information_school')} <a href="/register">${t('contracts.information_register')}</a></p>`;
}
