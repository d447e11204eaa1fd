import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import type { Stack } from '../../src/portal/stacks.ts';
import { instructions, section } from '../components/guidance.ts';
import { cardList, facts } from '../components/lists.ts';
import { layout } from '../layout.ts';

export interface IntegratorsProps {
  issuer: string;
  discovery: Readonly<Record<string, unknown>>;
  stacks: readonly Stack[];
}

/** For whoever connects an application. */
export function integratorsPage({ issuer, discovery, stacks }: IntegratorsProps, page: Page): Html {
  const { t } = page;
  const cards = stacks.map(({ name, title }) => ({ href: `/integrators/${name}`, title }));
  return layout(page, {
    title: t('contracts.integrators_title'),
    lead: t('contracts.integrators_lead'),
    body: html`
      ${section({ title: t('contracts.integrators_speaks'), body: facts(spoken(issuer, discovery)) })}
      ${section({
        title: t('contracts.integrators_register'),
        body: instructions([
          t('contracts.integrators_step_token'),
          html`${t('contracts.integrators_step_register')} <code>POST ${textOf(discovery.registration_endpoint)}</code>`,
          t('contracts.integrators_step_try'),
          t('contracts.integrators_step_contract'),
          t('contracts.integrators_step_approval'),
        ]),
      })}
      ${section({ title: t('contracts.integrators_stacks'), body: cardList(cards) })}
      <p>${t('contracts.integrators_refused')} <code>GET /api/v1/traces/…</code></p>
      <p class="aside"><a href="/api/openapi.json">${t('contracts.integrators_api')}</a> · <a href="/register">${t('contracts.information_register')}</a></p>`,
  });
}

// As discovery names them: an integrator reads the standards' words.
const SPOKEN = [
  ...['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'end_session_endpoint', 'jwks_uri'],
  ...['scopes_supported', 'claims_supported', 'acr_values_supported', 'response_types_supported'],
  ...['code_challenge_methods_supported', 'token_endpoint_auth_methods_supported'],
  ...['id_token_signing_alg_values_supported', 'dpop_signing_alg_values_supported'],
];

function spoken(issuer: string, discovery: Readonly<Record<string, unknown>>): (readonly [Html, Html])[] {
  const discoveryUrl = `${issuer}/.well-known/openid-configuration`;
  const rows = SPOKEN.filter((name) => discovery[name] !== undefined).map(
    (name) => [breakable(name), html`<code>${textOf(discovery[name])}</code>`] as const,
  );
  return [
    [breakable('issuer'), html`<code>${issuer}</code>`],
    [breakable('discovery'), html`<code>${discoveryUrl}</code>`],
    ...rows,
  ];
}

/** A long name ends its line after an underscore, and not within a word. */
function breakable(name: string): Html {
  const words = name.split('_');
  return html`${words.map((word, at) => (at === 0 ? word : html`_<wbr>${word}`))}`;
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(' ') : String(value ?? '');
}

export function stackPage({ stack }: { stack: Stack }, page: Page): Html {
  const { t } = page;
  return layout(page, {
    title: stack.title,
    lead: t('contracts.stack_lead', { source: stack.source }),
    body: html`
      <pre class="code-block" tabindex="0"><code>${stack.code}</code></pre>
      <p class="aside"><a href="/integrators">${t('contracts.stack_back')}</a></p>`,
  });
}
