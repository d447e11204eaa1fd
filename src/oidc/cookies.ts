import type { Configuration } from 'oidc-provider';
import { createCookies } from '../http/cookies.ts';

/** The engine's `cookies.long`: how the cookie of a session is set and cleared. */
export const SESSION_COOKIE = {
  path: '/',
  httpOnly: true,
  sameSite: 'lax',
  signed: true,
  overwrite: true,
} as const;

type EngineCookies = NonNullable<Configuration['cookies']>;

export function engineCookies(from: { issuer: string; cookieKey: Buffer }): EngineCookies {
  const { name, keys } = createCookies(from);
  const { path: _, ...short } = SESSION_COOKIE;
  // Those of an interaction have a path of their own, which __Host- forbids.
  const shortName = (base: string) => name(base).replace('__Host-', '__Secure-');
  return {
    keys: keys as NonNullable<EngineCookies['keys']>,
    long: SESSION_COOKIE,
    short,
    names: { session: name('session'), interaction: shortName('interaction'), resume: shortName('resume') },
  };
}
