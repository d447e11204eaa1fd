import { Router } from '@koa/router';
import type { Context } from 'koa';
import { type SignInProps, signInPage } from '../../views/login/sign-in.ts';
import { startAgainPage } from '../../views/login/start-again.ts';
import { seeOther } from '../http/addresses.ts';
import { guardForms } from '../http/csrf.ts';
import { readForm, typedIn } from '../http/forms.ts';
import { render } from '../http/render.ts';
import { clientAddressOf, wishLocales } from '../http/request.ts';
import { allowFormTarget } from '../http/security-headers.ts';
import { checkPassword } from './check-password.ts';
import { devicesOf } from './device-cookie.ts';
import { signInForm } from './forms.ts';
import type { FirstFactor, SignInRequest } from './interaction.ts';
import { type Dependencies, enter, pathOf, showNotNow, showPaused } from './pages.ts';
import { showCode, showOtp, takeCode, takeOtp } from './second-factor-pages.ts';

/** The pages under the engine's interaction URL, in the order a person meets them. */
export function createLoginRoutes(from: Dependencies): Router {
  const router = new Router();
  const within = (page: Page) => async (ctx: Context) => {
    const request = await from.interactions.interactionOf(ctx);
    if (!request || request.uid !== ctx.params.uid) return startAgain(ctx);
    wishLocales(ctx, request.uiLocales);
    allowFormTarget(ctx, request.redirectUri);
    await page(ctx, request);
  };
  // Named one by one: a guard on the router alone would let pass what it does not match.
  const guarded = guardForms();
  const steps: [path: string, show: Page, take: Page][] = [
    ['', showFirst, (ctx, request) => takePassword(from, ctx, request)],
    ['/second-factor', showOtp, (ctx, request) => takeOtp(from, ctx, request)],
    ['/recovery-code', showCode, (ctx, request) => takeCode(from, ctx, request)],
  ];
  for (const [path, show, take] of steps) {
    router.get(
      `/interaction/:uid${path}`,
      within((ctx, request) => show(ctx, request)),
    );
    router.post(`/interaction/:uid${path}`, guarded, within(take));
  }
  router.post(
    '/interaction/:uid/cancel',
    guarded,
    within((ctx) => cancel(from, ctx)),
  );
  return router;
}

type Page = (ctx: Context, request: SignInRequest) => void | Promise<void>;

function showFirst(ctx: Context, request: SignInRequest): void {
  // A standing order over somebody who is signed in: the session stays, its end restores everything.
  if (request.prompt.reasons.includes('frozen')) showNotNow(ctx, request, 'frozen');
  else showSignIn(ctx, request, { username: request.loginHint?.slice(0, 254) });
}

function showSignIn(
  ctx: Context,
  request: SignInRequest,
  typed: Pick<SignInProps, 'username' | 'isShared' | 'errors'>,
): void {
  const { application, about } = request;
  const isShared = request.sharedWith !== undefined;
  render(ctx, signInPage, { action: pathOf(request), application, about, isShared, ...typed });
}

async function takePassword(from: Dependencies, ctx: Context, request: SignInRequest): Promise<void> {
  const form = readForm(ctx, signInForm);
  if (form.outcome === 'invalid') {
    ctx.status = 422;
    return showSignIn(ctx, request, { ...typedBefore(ctx), errors: form.fields });
  }
  const { username, password, shared } = form.values;
  const device = shared ? 'shared' : 'own';
  const result = await checkPassword(from, {
    username,
    password,
    device,
    sharedWith: request.sharedWith,
    devices: devicesOf(ctx),
    address: clientAddressOf(ctx),
    application: request.application,
  });
  switch (result.outcome) {
    case 'signed-in':
      return enter(from, ctx, result.signIn);
    case 'second-factor-needed':
      return askSecondFactor(from, ctx, { request, ...result });
    case 'wrong':
    case 'start-again':
      ctx.status = 422;
      return showSignIn(ctx, request, {
        username,
        isShared: device === 'shared',
        errors: { form: 'login.wrong' },
      });
    case 'paused':
      return showPaused(from, ctx, { until: result.until, again: pathOf(request) });
    case 'not-now':
      return showNotNow(ctx, request, result.reason);
    default:
      return result satisfies never;
  }
}

/** A device does not cease to be shared because a field was left empty. */
function typedBefore(ctx: Context): Pick<SignInProps, 'username' | 'isShared'> {
  return { username: typedIn(ctx, 'username').slice(0, 254), isShared: typedIn(ctx, 'shared') !== '' };
}

async function askSecondFactor(
  { interactions, now }: Dependencies,
  ctx: Context,
  given: Omit<FirstFactor, 'uid' | 'at'> & { request: SignInRequest },
): Promise<void> {
  const { request, person, epoch, generation, device } = given;
  const at = now().getTime();
  await interactions.keepFirstFactor(ctx, { uid: request.uid, person, epoch, generation, device, at });
  seeOther(ctx, pathOf(request, 'second-factor'));
}

async function cancel({ interactions }: Dependencies, ctx: Context): Promise<void> {
  await interactions.finishInteraction(ctx, { outcome: 'cancelled' });
}

/** Expired, finished, another browser's: nothing was set. */
function startAgain(ctx: Context): void {
  ctx.status = 400;
  render(ctx, startAgainPage, {});
}
