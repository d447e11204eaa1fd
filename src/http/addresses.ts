import type Koa from 'koa';
import type { Context } from 'koa';

/** Never another site's: `//evil`, `/\evil` and `https:evil` all end at our own start page. */
export function localAddress(address: string): string {
  if (!/^\/(?![/\\])/.test(address)) return '/';
  const url = URL.parse(address, 'http://preau.invalid');
  if (url?.origin !== 'http://preau.invalid' || url.pathname.startsWith('//')) return '/';
  return `${url.pathname}${url.search}`;
}

/** Whatever a request or a proxy says, no other host or scheme gets into an address of ours. */
export function standAt(app: Koa, issuer: string): void {
  const { host, protocol } = new URL(issuer);
  Object.defineProperties(app.request, {
    host: { value: host },
    protocol: { value: protocol.replace(':', '') },
  });
}

/** RFC 9700 §2.1: 303 after a form, so that no body is ever sent on. */
export function seeOther(ctx: Context, address: string): void {
  ctx.status = 303;
  ctx.redirect(address);
}
