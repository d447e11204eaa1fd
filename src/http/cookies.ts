import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import { keyObjectOf } from '../crypto/key-objects.ts';
import { Memory } from '../crypto/memory.ts';

export interface Dependencies {
  issuer: string;
  cookieKey: Buffer;
}

export interface Cookies {
  /** For koa's `app.keys`: signs with HMAC-SHA-256 where koa's own default is SHA-1. */
  keys: Signer;
  /** With the `__Host-` prefix where the issuer is https (RFC 6265bis §4.1.3.2). */
  name(base: string): string;
  get(ctx: Context, base: string): string | undefined;
  /** Ends with the browser where no maxAge (in seconds) is given. */
  set(ctx: Context, cookie: { base: string; value: string; maxAge?: number }): void;
  clear(ctx: Context, base: string): void;
}

interface Signer {
  sign(data: string): string;
  verify(data: string, digest: string): boolean;
  index(data: string, digest: string): number;
}

export function createCookies({ issuer, cookieKey }: Dependencies): Cookies {
  const secure = issuer.startsWith('https:');
  const name = (base: string): string => `${secure ? '__Host-' : ''}preau_${base}`;
  const attributes = {
    httpOnly: true,
    sameSite: 'lax',
    path: '/',
    secure,
    signed: true,
    overwrite: true,
  } as const;
  return {
    keys: createSigner(subkey(cookieKey, 'cookie-signature')),
    name,
    get: (ctx, base) => ctx.cookies.get(name(base), { signed: true }),
    set: (ctx, { base, value, maxAge }) => {
      ctx.cookies.set(name(base), value, { ...attributes, ...(maxAge && { maxAge: maxAge * 1000 }) });
    },
    clear: (ctx, base) => void ctx.cookies.set(name(base), null, attributes),
  };
}

/** One key for each purpose, by HKDF (RFC 5869). */
export function subkey(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `preau/http/${purpose}`, 32));
}

export function hmac(key: Buffer, text: string): string {
  return createHmac('sha256', keyObjectOf(key)).update(text).digest('base64url');
}

export function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function createSigner(key: Buffer): Signer {
  // A cookie is checked at each request, and most are sent again as they were.
  const signatures = new Memory<string>();
  const sign = (data: string): string => signatures.recall(data, () => hmac(key, data));
  const verify = (data: string, digest: string): boolean => isEqual(sign(data), digest);
  return { sign, verify, index: (data, digest) => (verify(data, digest) ? 0 : -1) };
}
