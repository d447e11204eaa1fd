import type { Context } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { allowFormTarget } from '../http/security-headers.ts';

const CSP = 'content-security-policy';
const SCRIPTS = /script-src [^;]*/;
const FRAMES = /frame-ancestors [^;]*/;

/**
 * `response_mode=form_post`: the engine's page posts to the relying party, by a script whose hash the engine added
 * to our policy, or by its button. Only where its redirect URI is registered: our own page says what else went wrong.
 */
export function allowFormPost(ctx: Context): void {
  const { oidc } = ctx as unknown as KoaContextWithOIDC;
  const { response_mode: mode, redirect_uri: target } = oidc.params ?? {};
  if (mode !== 'form_post' || typeof target !== 'string' || !isFormPost(ctx)) return;
  if (!oidc.client?.redirectUriAllowed(target)) return;
  const scripts = scriptsOf(ctx);
  allowFormTarget(ctx, target);
  // Whose page posts: many an application takes `Origin: null` for a forgery.
  ctx.set('Referrer-Policy', 'strict-origin');
  // CSP 3 §2.3.1: beside a hash 'none' means nothing, and browsers complain.
  ctx.set(CSP, ctx.response.get(CSP).replace(SCRIPTS, scripts.replace("'none' ", '')));
}

/**
 * A browser application asks silently in a frame of its own page: what `prompt=none` is answered with may stand there,
 * where its redirect URI is registered. It holds nothing to click on.
 */
export function allowSilentFrame(ctx: Context): void {
  const { oidc } = ctx as unknown as KoaContextWithOIDC;
  const { prompt, redirect_uri: target } = oidc.params ?? {};
  if (prompt !== 'none' || typeof target !== 'string' || !oidc.client?.redirectUriAllowed(target)) return;
  const { origin } = new URL(target);
  const isRedirect = ctx.status < 400 && String(ctx.response.get('Location') ?? '').startsWith(origin);
  if (!isRedirect && !isFormPost(ctx)) return;
  ctx.remove('X-Frame-Options');
  ctx.set(CSP, ctx.response.get(CSP).replace(FRAMES, `frame-ancestors ${origin}`));
}

/** The engine's page, also of an error, which it answers with 400. No page of ours has a script of its own. */
function isFormPost(ctx: Context): boolean {
  return ctx.type === 'text/html' && scriptsOf(ctx).includes("'sha256-");
}

function scriptsOf(ctx: Context): string {
  return SCRIPTS.exec(ctx.response.get(CSP))?.[0] ?? '';
}
