import { join } from 'node:path';
import type { Context, Next } from 'koa';
import type { Html } from '../../src/http/html.ts';
import { chooseLocale, type Locale, loadWords } from '../../src/http/translate.ts';
import { layout, type Screen } from './pages/layout.ts';
import { type Message, message } from './pages/message.ts';
import type { Holder } from './relying-party.ts';

export type Kind = Screen['kind'];

export interface Site {
  name: string;
  kind: Kind;
  url: string;
  issuer: string;
}

const words = loadWords({ folder: join(import.meta.dirname, 'words'), strict: true, onMissing: () => {} });

export interface Shown {
  holder?: Holder;
  body(screen: Screen): Html | Html[];
}

export function show(ctx: Context, { name, kind }: Site, { holder, body }: Shown): void {
  const locale = localeOf(ctx);
  const screen: Screen = { name, kind, locale, t: words.translator(locale), holder };
  ctx.type = 'text/html; charset=utf-8';
  ctx.body = layout(screen, body(screen)).toString();
}

export function showMessage(
  ctx: Context,
  site: Site,
  { status, what, code }: { status: number; what: Message; code?: string },
): void {
  ctx.status = status;
  if (status === 503) ctx.set('Retry-After', '5');
  show(ctx, site, { body: (screen) => message(screen, what, code) });
}

export function localeOf(ctx: Context): Locale {
  return chooseLocale({ acceptLanguage: ctx.get('accept-language') });
}

type Middleware = (ctx: Context, next: Next) => Promise<void>;

export function headers({ issuer }: Site): Middleware {
  return async (ctx, next) => {
    ctx.set({
      // A form's redirect counts for form-action: signing out goes through Préau.
      'Content-Security-Policy': `default-src 'none'; style-src 'self'; img-src data:; form-action 'self' ${issuer}; base-uri 'none'; frame-ancestors 'none'`,
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      Vary: 'Accept-Language',
    });
    await next();
  };
}

/** Cookies and redirect_uri know one host; http://127.0.0.1 is sent to it, a rebound name too. */
export function canonicalAddress({ url }: Site): Middleware {
  return async (ctx, next) => {
    if (ctx.host === new URL(url).host) return next();
    ctx.status = 307;
    ctx.redirect(`${url}${ctx.path.replace(/^\/+/, '/')}`);
  };
}

export function failures(site: Site): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      console.error(`${site.name}: ${error instanceof Error ? error.stack : String(error)}`);
      showMessage(ctx, site, { status: 500, what: 'failed' });
    }
  };
}
