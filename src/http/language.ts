import { Router } from '@koa/router';
import { z } from 'zod';
import { localAddress, seeOther } from './addresses.ts';
import { guardForms } from './csrf.ts';
import { readForm } from './forms.ts';
import { Refusal } from './refusal.ts';
import { edgeOf, LANGUAGE_COOKIE } from './request.ts';
import { LOCALES } from './translate.ts';

const ONE_YEAR = 31_536_000;
const languageForm = z.object({ language: z.enum(LOCALES), from: z.string().max(4096).default('/') });

/** The switch at the foot of every page: the choice stays on this device. */
export function languageRoutes(): Router {
  const router = new Router();
  router.post('/language', guardForms(), (ctx) => {
    const form = readForm(ctx, languageForm);
    if (form.outcome === 'invalid') throw new Refusal('bad-request');
    edgeOf(ctx).cookies.set(ctx, { base: LANGUAGE_COOKIE, value: form.values.language, maxAge: ONE_YEAR });
    seeOther(ctx, localAddress(form.values.from));
  });
  return router;
}
