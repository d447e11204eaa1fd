import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import type { Acr } from '../../src/relying-parties/acr-values.ts';

/** How strongly somebody must have signed in: in words, and as an integrator writes it. */
export function acrWords({ t }: Page, acr: Acr | null): Html | string {
  if (acr === null) return t('contracts.minimum_acr_none');
  return html`${t(`contracts.acr_${WORDS[acr]}`)} <small>${acr}</small>`;
}

const WORDS: Record<Acr, string> = {
  'urn:preau:acr:place': 'place',
  'urn:preau:acr:one': 'one',
  'urn:preau:acr:two': 'two',
  'urn:preau:acr:resistant': 'resistant',
};
