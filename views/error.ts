import { type Html, html } from '../src/http/html.ts';
import type { RefusalReason } from '../src/http/refusal.ts';
import type { Page } from '../src/http/render.ts';
import { actions, linkButton } from './components/form.ts';
import { layout } from './layout.ts';

export interface ErrorProps {
  reason: RefusalReason;
  /** Seconds. */
  retryAfter?: number | undefined;
}

/** Says what happened, that nothing is lost, and what to do now. */
export function errorPage({ reason, retryAfter }: ErrorProps, page: Page): Html {
  const { t } = page;
  const words = WORDS[reason];
  const minutes = Math.ceil((retryAfter ?? 0) / 60);
  return layout(page, {
    title: t(`http.${words}_title`),
    lead: t(`http.${words}_text`),
    body: html`
      ${minutes > 1 && html`<p>${t('http.wait_minutes', { count: minutes })}</p>`}
      ${way(reason, page)}
      ${TRACED.has(reason) && html`<p class="trace">${t('http.trace')} <code>${page.requestId}</code></p>`}`,
  });
}

const WORDS: Record<RefusalReason, string> = {
  'bad-request': 'bad_request',
  'wrong-type': 'bad_request',
  'wrong-method': 'bad_request',
  'not-allowed': 'not_allowed',
  'stale-form': 'stale_form',
  'not-found': 'not_found',
  'too-large': 'too_large',
  'too-many': 'too_many',
  unavailable: 'unavailable',
  unexpected: 'unexpected',
};

const TRACED = new Set<RefusalReason>(['unexpected', 'unavailable', 'bad-request', 'not-allowed']);
const AGAIN = new Set<RefusalReason>(['stale-form', 'unavailable', 'too-many', 'unexpected']);

function way(reason: RefusalReason, { t, address }: Page): Html {
  const home = linkButton({
    label: t('http.home'),
    href: '/',
    kind: AGAIN.has(reason) ? 'quiet' : 'primary',
  });
  if (!AGAIN.has(reason)) return actions(home);
  return actions(linkButton({ label: t('http.again'), href: address, kind: 'primary' }), home);
}
