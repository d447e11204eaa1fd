import type { Context } from 'koa';
import { localAddress } from './addresses.ts';
import { csrfField } from './csrf.ts';
import { pageBehind } from './form-body.ts';
import type { Html } from './html.ts';
import { edgeOf, localeOf, requestIdOf } from './request.ts';
import type { Locale, Translate } from './translate.ts';

/** What every view gets beside its props. */
export interface Page {
  readonly t: Translate;
  readonly locale: Locale;
  /** The hidden field; `form()` prints it by itself. */
  readonly csrf: Html;
  /** Of the page itself: where a form, the language switch and "try again" come back to. */
  readonly address: string;
  readonly requestId: string;
  asset(name: string): string;
}

export type View<Props> = (props: Props, page: Page) => Html;

/** Answers with a page. Set `ctx.status` before, where it is not 200. */
export function render<Props>(ctx: Context, view: View<Props>, props: Props): void {
  const page = view(props, pageOf(ctx)).toString();
  ctx.type = 'text/html; charset=utf-8';
  ctx.body = page;
}

export function pageOf(ctx: Context): Page {
  const { words, assets } = edgeOf(ctx);
  const locale = localeOf(ctx);
  return {
    t: words.translator(locale),
    locale,
    csrf: csrfField(ctx),
    address: addressOf(ctx),
    requestId: requestIdOf(ctx),
    asset: (name) => assets.url(name),
  };
}

// Where a form came back, its own address may know no GET: the page it stood on does.
function addressOf(ctx: Context): string {
  return localAddress(pageBehind(ctx) ?? ctx.req.url ?? '/');
}
