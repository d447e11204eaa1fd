import { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import {
  claimDisownedPage,
  liftedSincePage,
  notMePage,
  unknownLinkPage,
} from '../../views/notices/not-me.ts';
import { guardForms } from '../http/csrf.ts';
import { readForm } from '../http/forms.ts';
import { Refusal } from '../http/refusal.ts';
import { render } from '../http/render.ts';
import { clientAddressOf } from '../http/request.ts';
import type { Addresses } from '../throttling/addresses.ts';
import type { DisownClaim } from './disown-claim.ts';

export interface Dependencies {
  disownClaim: DisownClaim;
  addresses: Addresses;
  addressWindowSeconds: number;
}

const LONGEST_TOKEN = 100;
const disownForm = z.object({ token: z.string().max(LONGEST_TOKEN).default('') });

/** The link of a notice. Opening it does nothing and says nothing: mail scanners open every link. Its button locks. */
export function createNoticeRoutes(from: Dependencies): Router {
  const router = new Router();
  router.get('/not-me', showNotMe);
  router.post('/not-me', guardForms(), (ctx) => takeNotMe(from, ctx));
  return router;
}

/** The same page for every link, whatever it is: nothing is looked up. */
function showNotMe(ctx: Context): void {
  const { token } = ctx.query;
  render(ctx, notMePage, { token: typeof token === 'string' ? token.slice(0, LONGEST_TOKEN) : '' });
}

async function takeNotMe(from: Dependencies, ctx: Context): Promise<void> {
  const address = clientAddressOf(ctx);
  // Open while Redis is away: nobody guesses 128 bits, and whoever fears for an account must not wait.
  if (!(await from.addresses.isAllowed(address, 'open'))) {
    throw new Refusal('too-many', { retryAfter: from.addressWindowSeconds });
  }
  const form = readForm(ctx, disownForm);
  const { outcome } = await from.disownClaim(form.outcome === 'read' ? form.values.token : '');
  if (outcome === 'lifted-since') return render(ctx, liftedSincePage, {});
  if (outcome !== 'unknown-link') return render(ctx, claimDisownedPage, {});
  await from.addresses.noteFailure(address, 'open');
  ctx.status = 404;
  render(ctx, unknownLinkPage, {});
}
