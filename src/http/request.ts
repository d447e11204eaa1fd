import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import type { Logger } from 'pino';
import type { Assets } from './assets.ts';
import type { ClientAddress } from './client-address.ts';
import type { Cookies } from './cookies.ts';
import type { Csrf } from './csrf.ts';
import { chooseLocale, type Locale, type Translate, type Words } from './translate.ts';

/** What one installed edge gives to every request. */
export interface Edge {
  issuer: string;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  words: Words;
  assets: Assets;
  cookies: Cookies;
  csrf: Csrf;
  clientAddress: ClientAddress;
}

interface RequestState {
  edge: Edge;
  id: string;
  /** Once somebody asked for it. */
  clientAddress: string | undefined;
  uiLocales: string | undefined;
  /** Origins that a form of this page may end at, by redirect. */
  formTargets: readonly string[];
}

// On the request itself: a WeakMap's values, which know their request, would outlive it until the next full collection.
const STATE = Symbol('state');
type Request = IncomingMessage & { [STATE]?: RequestState };

export function beginRequest(ctx: Context, edge: Edge, id: string): void {
  (ctx.req as Request)[STATE] = {
    edge,
    id,
    clientAddress: undefined,
    uiLocales: undefined,
    formTargets: [],
  };
}

/** Works with koa's contexts as the engine's hooks type them, too (`logoutSource`, `renderError`). */
export function requestOf(ctx: Pick<Context, 'req'>): RequestState {
  const state = (ctx.req as Request)[STATE];
  if (!state) throw new Error('installEdge must stand before everything that answers');
  return state;
}

export function edgeOf(ctx: Pick<Context, 'req'>): Edge {
  return requestOf(ctx).edge;
}

/** The trace number that a person reads out from an error page: `7K3F-Q2M9-XW4T`. */
export function requestIdOf(ctx: Pick<Context, 'req'>): string {
  return requestOf(ctx).id;
}

export function clientAddressOf(ctx: Pick<Context, 'req'>): string {
  const state = requestOf(ctx);
  state.clientAddress ??= state.edge.clientAddress(ctx.req);
  return state.clientAddress;
}

/** The `ui_locales` of the authorization request, once an interaction knows them. */
export function wishLocales(ctx: Pick<Context, 'req'>, uiLocales: string | undefined): void {
  requestOf(ctx).uiLocales = uiLocales;
}

export const LANGUAGE_COOKIE = 'language';

export function localeOf(ctx: Context): Locale {
  const { edge, uiLocales } = requestOf(ctx);
  const cookie = edge.cookies.get(ctx, LANGUAGE_COOKIE);
  return chooseLocale({ uiLocales, cookie, acceptLanguage: ctx.get('accept-language') });
}

export function translatorOf(ctx: Context): Translate {
  return edgeOf(ctx).words.translator(localeOf(ctx));
}
