import { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { guardForms } from './csrf.ts';
import { readForm } from './forms.ts';
import { Refusal } from './refusal.ts';
import { edgeOf, LANGUAGE_COOKIE } from './request.ts';
import { LOCALES } from './translate.ts';

const ONE_YEAR = 31_536_000;
const languageForm = z.object({ language: z.enum(LOCALES), address: z.string().max(4096).default('/') });

/** The switch at the foot of every page: the choice stays on this device. */
export function languageRoutes(): Router {
  const router = new Router();
  router.post('/language', guardForms(), (ctx) => {
    const form = readForm(ctx, languageForm);
    if (form.outcome === 'invalid') throw new Refusal('bad-request');
    edgeOf(ctx).cookies.set(ctx, { base: LANGUAGE_COOKIE, value: form.values.language, maxAge: ONE_YEAR });
    seeOther(ctx, localAddress(form.values.address));
  });
  return router;
}

/** Never another site's: `//evil`, `/\evil` and `https:evil` all end at our own start page. */
export function localAddress(address: string): string {
  if (!/^\/(?![/\\])/.test(address)) return '/';
  const url = URL.parse(address, 'http://preau.invalid');
  if (url?.origin !== 'http://preau.invalid' || url.pathname.startsWith('//')) return '/';
  return `${url.pathname}${url.search}`;
}

/** RFC 9700 §2.1: 303 after a form, so that no body is ever sent on. */
export function seeOther(ctx: Context, address: string): void {
  ctx.status = 303;
  ctx.redirect(address);
}
