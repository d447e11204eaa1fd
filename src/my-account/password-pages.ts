import type { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { passwordPage } from '../../views/my-account/password.ts';
import { generatePassphrase } from '../accounts/passphrase.ts';
import { seeOther } from '../http/addresses.ts';
import { type FieldErrors, readForm } from '../http/forms.ts';
import { render } from '../http/render.ts';
import { answerTooMany } from '../http/too-many.ts';
import { keepDevice } from '../login/device-cookie.ts';
import { hasGivenAll } from './all-factors.ts';
import { changePassword } from './change-password.ts';
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
    withAll(async (ctx, visit) => showPassword(ctx, visit)),
  );
  router.post(
    '/account/password',
    guarded,
    withAll((ctx, visit) => takePassword(from, ctx, visit)),
  );
}

function showPassword(ctx: Context, { holder }: Visit, errors?: FieldErrors): void {
  const { name, username } = holder;
  render(ctx, passwordPage, { name, username, proposal: generatePassphrase(), errors });
}

async function takePassword(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const form = readForm(ctx, passwordForm);
  if (form.outcome === 'invalid') return refusePassword(ctx, visit, form.fields);
  const { current, password: next } = form.values;
  const { signedIn, holder } = visit;
  const result = await changePassword(from, { signedIn, current, next, words: contextWords(holder) });
  switch (result.outcome) {
    case 'changed': {
      if (result.signIn.limits.kind !== 'shared-device') keepDevice(from, ctx, result.signIn);
      const begun = await from.own.beginSession(ctx, result.signIn);
      return seeOther(ctx, begun.outcome === 'begun' ? '/account?done=password' : '/login?to=/account');
    }
    case 'start-again':
      return signInFirst(ctx);
    case 'wrong-password':
      return refusePassword(ctx, visit, { current: 'my-account.current_wrong' });
    case 'paused':
      answerTooMany(ctx, { until: result.until, at: from.now() });
      return showPassword(ctx, visit, { current: 'my-account.current_paused' });
    default:
      return refusePassword(ctx, visit, { password: WORDS[result.outcome] });
  }
}

const WORDS = {
  same: 'my-account.new_same',
  'too-short': 'my-account.new_too_short',
  'too-long': 'my-account.new_too_long',
  'too-common': 'my-account.new_too_common',
  'contains-context': 'my-account.new_contains_context',
} as const;

function refusePassword(ctx: Context, visit: Visit, errors: FieldErrors): void {
  ctx.status = 422;
  showPassword(ctx, visit, errors);
}
