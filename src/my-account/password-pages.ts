import type { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { passwordPage } from '../../views/my-account/password.ts';
import { isOffered, type OfferedPhrase, offerPhrase } from '../accounts/offered-phrase.ts';
import { isYoungest } from '../accounts/youngest.ts';
import { seeOther } from '../http/addresses.ts';
import { type FieldErrors, readForm } from '../http/forms.ts';
import { render } from '../http/render.ts';
import { answerTooMany } from '../http/too-many.ts';
import { keepDevice } from '../login/device-cookie.ts';
import { hasGivenAll } from './all-factors.ts';
import { changePassword, offeredIn } from './change-password.ts';
import { passwordForm } from './forms.ts';
import { contextWords } from './holder.ts';
import { type Dependencies, type Holding, signInAgain, signInFirst, type Visit } from './holding.ts';

export function passwordRoutes(
  router: Router,
  { from, guarded, holding }: { from: Dependencies; guarded: Middleware; holding: Holding },
): void {
  const withAll: Holding = (page) =>
    holding(async (ctx, visit) => {
      if (!(await hasGivenAll(from.db, visit.signedIn))) return signInAgain(ctx);
      await page(ctx, visit);
    });
  router.get(
    '/account/password',
    withAll((ctx, visit) => showPassword(from, ctx, { visit })),
  );
  router.post(
    '/account/password',
    guarded,
    withAll((ctx, visit) => takePassword(from, ctx, visit)),
  );
}

interface Shown {
  visit: Visit;
  /** Drawn on the page before: who wrote it down finds it again. */
  drawn?: OfferedPhrase | undefined;
  errors?: FieldErrors | undefined;
}

async function showPassword(
  from: Dependencies,
  ctx: Context,
  { visit, drawn, errors }: Shown,
): Promise<void> {
  const { name, username } = visit.holder;
  const { phrase: proposal, offer } = drawn ?? offerPhrase(from.digests, offeredIn(visit.signedIn));
  const isYoung = await isYoungest(from.db, visit.signedIn.person);
  const choice = isYoung ? 'offered-only' : 'own';
  render(ctx, passwordPage, { name, username, proposal, offer, choice, errors });
}

async function takePassword(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const form = readForm(ctx, passwordForm);
  if (form.outcome === 'invalid') return refusePassword(from, ctx, { visit, errors: form.fields });
  const { current, password, passphrase, offer } = form.values;
  const next = passphrase ?? password;
  const drawn = drawnBefore(from, visit, { phrase: passphrase, offer });
  const missing = missingIn({ current, next });
  if (missing) return refusePassword(from, ctx, { visit, drawn, errors: missing });
  const { signedIn, holder } = visit;
  const words = contextWords(holder);
  const result = await changePassword(from, { signedIn, current, next, offer, words });
  switch (result.outcome) {
    case 'changed': {
      if (result.signIn.limits.kind !== 'shared-device') keepDevice(from, ctx, result.signIn);
      const begun = await from.own.beginSession(ctx, result.signIn);
      return seeOther(ctx, begun.outcome === 'begun' ? '/account?done=password' : '/login?to=/account');
    }
    case 'start-again':
      return signInFirst(ctx);
    case 'wrong-password':
      return refusePassword(from, ctx, { visit, drawn, errors: { current: 'my-account.current_wrong' } });
    case 'paused':
      answerTooMany(ctx, { until: result.until, at: from.now() });
      return showPassword(from, ctx, { visit, drawn, errors: { current: 'my-account.current_paused' } });
    default:
      return refusePassword(from, ctx, { visit, errors: { password: WORDS[result.outcome] } });
  }
}

function missingIn({ current, next }: { current: string; next: string }): FieldErrors | undefined {
  if (current !== '' && next !== '') return undefined;
  return {
    ...(current === '' && { current: 'my-account.current_missing' }),
    ...(next === '' && { password: 'my-account.new_missing' }),
  };
}

const WORDS = {
  same: 'my-account.new_same',
  'not-offered': 'activation.password_not_offered',
  'too-short': 'my-account.new_too_short',
  'too-long': 'my-account.new_too_long',
  'too-common': 'my-account.new_too_common',
  'contains-context': 'my-account.new_contains_context',
} as const;

function drawnBefore(
  { digests }: Dependencies,
  { signedIn }: Visit,
  { phrase, offer }: { phrase: string | undefined; offer: string | undefined },
): OfferedPhrase | undefined {
  if (phrase === undefined || offer === undefined) return undefined;
  return isOffered(digests, offeredIn(signedIn), { phrase, offer }) ? { phrase, offer } : undefined;
}

async function refusePassword(from: Dependencies, ctx: Context, shown: Shown): Promise<void> {
  ctx.status = 422;
  await showPassword(from, ctx, shown);
}
