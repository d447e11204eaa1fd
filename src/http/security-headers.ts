import type { Context } from 'koa';
import { requestOf } from './request.ts';

const HEADERS = Object.entries({
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy':
    'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), serial=(), usb=()',
  'Cache-Control': 'no-store',
});

const TWO_YEARS = 63_072_000;

/** Set before anything answers, and again after an error emptied the headers. */
export function setSecurityHeaders(ctx: Context): void {
  const { res } = ctx;
  const state = requestOf(ctx);
  state.formTargets = [];
  for (const [name, value] of HEADERS) res.setHeader(name, value);
  res.setHeader('Content-Security-Policy', CLOSED_POLICY);
  if (state.edge.issuer.startsWith('https:'))
    res.setHeader('Strict-Transport-Security', `max-age=${TWO_YEARS}; includeSubDomains`);
}

/**
 * Lets the forms of this page end at a relying party: Chromium applies `form-action` to every redirect that
 * follows a submission. Takes the request's redirect URI, already checked against the registration.
 */
export function allowFormTarget(ctx: Context, redirectUri: string): void {
  const source = sourceOf(redirectUri);
  if (!source) return;
  const state = requestOf(ctx);
  state.formTargets = [...new Set([...state.formTargets, source])];
  ctx.set('Content-Security-Policy', contentSecurityPolicy(state.formTargets));
}

/**
 * With the answer that ends a session in its own browser (ASVS 14.3.1): whatever lies in the storage of this origin goes,
 * though nothing of ours does. Not `"cookies"`, which takes those of the whole domain, and the language. Not `"cache"`:
 * there is none but of style and pictures, as every page is `no-store`, and Chromium takes seconds to search its whole
 * cache for them, during which nobody sees that they have left. Over http browsers heed it on loopback alone.
 */
export function clearSiteData(ctx: Context): void {
  ctx.set('Clear-Site-Data', '"storage"');
}

const CLOSED_POLICY = contentSecurityPolicy([]);

function contentSecurityPolicy(formTargets: readonly string[]): string {
  return [
    "default-src 'none'",
    // Said aloud because the engine appends the hash of its self-submitting pages to a script-src that exists.
    "script-src 'none'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    ["form-action 'self'", ...formTargets].join(' '),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

function sourceOf(uri: string): string | undefined {
  const url = URL.parse(uri);
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  // CSP has no way to write an IPv6 address (CSP3 §2.3.1, host-source).
  return url.hostname.startsWith('[') ? url.protocol : url.origin;
}
