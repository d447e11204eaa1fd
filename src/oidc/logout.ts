import type { Context } from 'koa';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { signOutPage } from '../../views/oidc/sign-out.ts';
import { signedOutPage } from '../../views/oidc/signed-out.ts';
import { localAddress, seeOther } from '../http/addresses.ts';
import { render } from '../http/render.ts';
import { wishLocales } from '../http/request.ts';
import { allowFormTarget, clearSiteData } from '../http/security-headers.ts';
import { SESSION_COOKIE } from './cookies.ts';
import { redirectWithState } from './redirects.ts';

type EngineContext = KoaContextWithOIDC;

/** The hint names who is signed in: nothing to ask (OpenID Connect RP-Initiated Logout §2). Else a page with a button. */
export async function askSignOut(ctx: EngineContext): Promise<void> {
  const { session, params, client } = ctx.oidc;
  wishLocales(ctx, textOf(params?.ui_locales));
  if (!session) throw new errors.SessionNotFound('no session');
  if (await isHinted(ctx)) {
    await session.destroy();
    forgetCookie(ctx);
    clearSiteData(asKoa(ctx));
    return goOn(ctx);
  }
  const target = textOf(params?.post_logout_redirect_uri);
  if (target) allowFormTarget(asKoa(ctx), target);
  render(asKoa(ctx), signOutPage, {
    action: ctx.oidc.urlFor('end_session_confirm'),
    xsrf: (session.state as { secret?: string } | undefined)?.secret ?? '',
    application: client?.clientName,
  });
}

export async function showSignedOut(ctx: EngineContext): Promise<void> {
  render(asKoa(ctx), signedOutPage, {});
}

/** Where nobody is signed in the engine answers with a page that needs a script: the same way on, without it. */
export function goOnWithoutSession(ctx: Context): void {
  const { oidc } = ctx as unknown as EngineContext;
  if (ctx.status !== 200 || oidc.session?.accountId) return;
  goOn(ctx as unknown as EngineContext);
}

/** The press of the button ended it. */
export function clearAfterEnd(ctx: Context): void {
  const { oidc } = ctx as unknown as EngineContext;
  if (ctx.status === 303 && oidc.params?.logout) clearSiteData(ctx);
}

/**
 * A second press of the button, or the older of two pages: the engine keeps one token. Nothing was ended by it. Where
 * nobody is signed in any more that is said, else the button stands on a new page.
 */
export function askAnew(ctx: Context): void {
  const { oidc } = ctx as unknown as EngineContext;
  if (ctx.status !== 400) return;
  ctx.body = null;
  // Where the page was (its form says so): somebody else's session is over, and a sign-in waits to go on.
  const from = localAddress(textOf(oidc.body?.from) ?? '/');
  const resumed = `${new URL(oidc.urlFor('authorization')).pathname}/`;
  const isSwitch = from.startsWith(resumed) && !oidc.session?.accountId;
  seeOther(ctx, isSwitch ? from : oidc.urlFor('end_session'));
}

function goOn(ctx: EngineContext): void {
  const { params } = ctx.oidc;
  const target = textOf(params?.post_logout_redirect_uri);
  ctx.body = null;
  ctx.status = 303;
  ctx.redirect(
    target ? redirectWithState(target, textOf(params?.state)) : ctx.oidc.urlFor('end_session_success'),
  );
}

async function isHinted(ctx: EngineContext): Promise<boolean> {
  const { session, client, provider, entities } = ctx.oidc;
  const hint = (entities.IdTokenHint as { payload?: { sub?: string } } | undefined)?.payload?.sub;
  if (!hint || !session?.accountId || !client) return false;
  const claims = new provider.Claims({ sub: session.accountId }, { ctx, client });
  claims.mask({ sub: null });
  return (await claims.result()).sub === hint;
}

function forgetCookie(ctx: EngineContext): void {
  const name = ctx.oidc.provider.cookieName('session');
  ctx.cookies.set(name, null, SESSION_COOKIE);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function asKoa(ctx: EngineContext): Context {
  return ctx as unknown as Context;
}
