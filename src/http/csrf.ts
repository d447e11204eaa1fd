import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import { type Cookies, hmac, isEqual, subkey } from './cookies.ts';
import { type FormBody, readBody } from './form-body.ts';
import { type Html, html } from './html.ts';
import { Refusal } from './refusal.ts';
import { edgeOf } from './request.ts';

export interface Dependencies {
  issuer: string;
  cookieKey: Buffer;
  cookies: Cookies;
}

export interface Csrf {
  /** The token of this browser; gives it a cookie where it has none. */
  token(ctx: Context): string;
  isValid(ctx: Context, token: string | undefined): boolean;
}

const COOKIE = 'browser';
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

export function createCsrf({ issuer, cookieKey, cookies }: Dependencies): Csrf {
  const key = subkey(cookieKey, 'csrf-token');
  const origin = new URL(issuer).origin;
  const given = new WeakMap<IncomingMessage, string>();
  const browserOf = (ctx: Context): string => {
    const known = cookies.get(ctx, COOKIE);
    if (known) return known;
    const value = given.get(ctx.req) ?? randomBytes(32).toString('base64url');
    given.set(ctx.req, value);
    // Again at each call: an error page takes the cookies of what failed away.
    cookies.set(ctx, { base: COOKIE, value });
    return value;
  };
  return {
    token: (ctx) => hmac(key, browserOf(ctx)),
    isValid: (ctx, token) => {
      const browser = cookies.get(ctx, COOKIE);
      if (!browser || !token) return false;
      return isFromOurPages(ctx, origin) && isEqual(hmac(key, browser), token);
    },
  };
}

/** The hidden field of every form of ours. */
export function csrfField(ctx: Context): Html {
  return html`<input type="hidden" name="csrf" value="${edgeOf(ctx).csrf.token(ctx)}">`;
}

/**
 * Stands before our routes (`router.use(guardForms())`), never before the engine's endpoints: whatever changes
 * something needs a readable form with this browser's token.
 */
export function guardForms(): Middleware {
  return async (ctx, next) => {
    if (SAFE.has(ctx.method)) return next();
    requireToken(ctx, await readBody(ctx));
    return next();
  };
}

export function requireToken(ctx: Context, form: FormBody): void {
  const token = form.get('csrf')?.[0];
  if (!edgeOf(ctx).csrf.isValid(ctx, token)) throw new Refusal('stale-form');
}

/** Our own pages send `Origin: null`, because of their referrer policy (Fetch, "append a request Origin header"). */
function isFromOurPages(ctx: Context, origin: string): boolean {
  const site = ctx.get('sec-fetch-site');
  const from = ctx.get('origin');
  if (site && site !== 'same-origin' && site !== 'none') return false;
  return from === '' || from === 'null' || from === origin;
}
