import { Router } from '@koa/router';
import type { Context } from 'koa';
import { notNowPage, pausedPage } from '../../views/login/not-now.ts';
import { otpPage, recoveryCodePage } from '../../views/login/second-factor.ts';
import { type SignInProps, signInPage } from '../../views/login/sign-in.ts';
import { startAgainPage } from '../../views/login/start-again.ts';
import { seeOther } from '../http/addresses.ts';
import { guardForms } from '../http/csrf.ts';
import { type FieldErrors, readForm } from '../http/forms.ts';
import { Refusal } from '../http/refusal.ts';
import { render } from '../http/render.ts';
import { clientAddressOf, wishLocales } from '../http/request.ts';
import { allowFormTarget } from '../http/security-headers.ts';
import { checkPassword, type Dependencies as PasswordDependencies } from './check-password.ts';
import { checkSecondFactor, type Dependencies as FactorDependencies } from './check-second-factor.ts';
import { devicesOf, keepDevice } from './device-cookie.ts';
import { otpForm, recoveryCodeForm, signInForm } from './forms.ts';
import type { FirstFactor, Interactions, SignIn, SignInRequest } from './interaction.ts';
import type { NotNow } from './let-in.ts';

export interface Dependencies extends PasswordDependencies, FactorDependencies {
  interactions: Interactions;
}

/** The pages under the engine's interaction URL, in the order a person meets them. */
export function createLoginRoutes(from: Dependencies): Router {
  const router = new Router();
  const within = (page: (ctx: Context, request: SignInRequest) => Promise<void>) => async (ctx: Context) => {
    const request = await from.interactions.interactionOf(ctx);
    if (!request || request.uid !== ctx.params.uid) return startAgain(ctx);
    wishLocales(ctx, request.uiLocales);
    allowFormTarget(ctx, request.redirectUri);
    await page(ctx, request);
  };
  // Named one by one: a guard on the router alone would let pass what it does not match.
  const guarded = guardForms();

  router.get(
    '/interaction/:uid',
    within(async (ctx, request) => showFirst(ctx, request)),
  );
  router.post(
    '/interaction/:uid',
    guarded,
    within((ctx, request) => takePassword(from, ctx, request)),
  );
  router.get(
    '/interaction/:uid/second-factor',
    within(async (ctx, request) => showOtp(ctx, request)),
  );
  router.post(
    '/interaction/:uid/second-factor',
    guarded,
    within((ctx, request) => takeOtp(from, ctx, request)),
  );
  router.get(
    '/interaction/:uid/recovery-code',
    within(async (ctx, request) => showCode(ctx, request)),
  );
  router.post(
    '/interaction/:uid/recovery-code',
    guarded,
    within((ctx, request) => takeCode(from, ctx, request)),
  );
  router.post(
    '/interaction/:uid/cancel',
    guarded,
    within((ctx) => cancel(from, ctx)),
  );
  return router;
}

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
  render(ctx, signInPage, { action: pathOf(request), application: request.application, ...typed });
}

async function takePassword(from: Dependencies, ctx: Context, request: SignInRequest): Promise<void> {
  const form = readForm(ctx, signInForm);
  if (form.outcome === 'invalid') {
    ctx.status = 422;
    return showSignIn(ctx, request, { errors: form.fields });
  }
  const { username, password, shared } = form.values;
  const device = shared ? 'shared' : 'own';
  const result = await checkPassword(from, {
    username,
    password,
    device,
    devices: devicesOf(ctx),
    address: clientAddressOf(ctx),
    application: request.application,
  });
  switch (result.outcome) {
    case 'signed-in':
      return enter(from, ctx, result.signIn);
    case 'second-factor-needed': {
      const { person, epoch, generation } = result;
      const at = from.now().getTime();
      await from.interactions.keepFirstFactor(ctx, {
        uid: request.uid,
        person,
        epoch,
        generation,
        device,
        at,
      });
      return seeOther(ctx, pathOf(request, 'second-factor'));
    }
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

function showOtp(ctx: Context, request: SignInRequest, errors?: FieldErrors): void {
  if (firstFactorOf(request))
    render(ctx, otpPage, { ...waysOf(request, 'second-factor', 'recovery-code'), errors });
  else seeOther(ctx, pathOf(request));
}

function showCode(ctx: Context, request: SignInRequest, errors?: FieldErrors): void {
  if (firstFactorOf(request))
    render(ctx, recoveryCodePage, { ...waysOf(request, 'recovery-code', 'second-factor'), errors });
  else seeOther(ctx, pathOf(request));
}

async function takeOtp(from: Dependencies, ctx: Context, request: SignInRequest): Promise<void> {
  const form = readForm(ctx, otpForm);
  if (form.outcome === 'read') return takeSecond(from, ctx, { request, kind: 'otp', typed: form.values.otp });
  ctx.status = 422;
  showOtp(ctx, request, form.fields);
}

async function takeCode(from: Dependencies, ctx: Context, request: SignInRequest): Promise<void> {
  const form = readForm(ctx, recoveryCodeForm);
  if (form.outcome === 'read') {
    return takeSecond(from, ctx, { request, kind: 'recovery-code', typed: form.values.code });
  }
  ctx.status = 422;
  showCode(ctx, request, form.fields);
}

interface Second {
  request: SignInRequest;
  kind: 'otp' | 'recovery-code';
  typed: string;
}

async function takeSecond(from: Dependencies, ctx: Context, { request, kind, typed }: Second): Promise<void> {
  const firstFactor = firstFactorOf(request);
  if (!firstFactor) return seeOther(ctx, pathOf(request));
  const result = await checkSecondFactor(from, {
    kind,
    typed,
    firstFactor,
    devices: devicesOf(ctx),
    address: clientAddressOf(ctx),
    application: request.application,
  });
  switch (result.outcome) {
    case 'signed-in':
      return enter(from, ctx, result.signIn);
    case 'wrong-code':
      ctx.status = 422;
      if (kind === 'otp') return showOtp(ctx, request, { otp: 'second-factors.otp_wrong' });
      return showCode(ctx, request, { code: 'second-factors.code_wrong' });
    case 'paused':
      return showPaused(from, ctx, { until: result.until, again: pathOf(request, 'second-factor') });
    case 'not-now':
      await from.interactions.keepFirstFactor(ctx, undefined);
      return showNotNow(ctx, request, result.reason);
    case 'start-again':
      await from.interactions.keepFirstFactor(ctx, undefined);
      return seeOther(ctx, pathOf(request));
    default:
      return result satisfies never;
  }
}

/** Only what was given in this very interaction. */
function firstFactorOf({ uid, firstFactor }: SignInRequest): FirstFactor | undefined {
  return firstFactor?.uid === uid ? firstFactor : undefined;
}

async function enter(from: Dependencies, ctx: Context, signIn: SignIn): Promise<void> {
  if (signIn.limits.kind !== 'shared-device') keepDevice(from, ctx, signIn);
  await from.interactions.finishInteraction(ctx, { outcome: 'signed-in', signIn });
}

async function cancel({ interactions }: Dependencies, ctx: Context): Promise<void> {
  await interactions.finishInteraction(ctx, { outcome: 'cancelled' });
}

function showNotNow(ctx: Context, request: SignInRequest, reason: NotNow): void {
  ctx.status = 403;
  render(ctx, notNowPage, { reason, cancel: pathOf(request, 'cancel') });
}

function showPaused(
  from: Dependencies,
  ctx: Context,
  { until, again }: { until: Date; again: string },
): void {
  const seconds = Math.max(1, Math.ceil((until.getTime() - from.now().getTime()) / 1000));
  ctx.status = 429;
  ctx.set('Retry-After', String(seconds));
  render(ctx, pausedPage, { minutes: Math.ceil(seconds / 60), again });
}

/** Expired, finished, another browser's: nothing was set. */
function startAgain(ctx: Context): void {
  if (ctx.method !== 'GET' && ctx.method !== 'POST') throw new Refusal('wrong-method');
  ctx.status = 400;
  render(ctx, startAgainPage, {});
}

function waysOf(request: SignInRequest, here: string, other: string) {
  return { action: pathOf(request, here), other: pathOf(request, other), startAgain: pathOf(request) };
}

function pathOf({ uid }: SignInRequest, step?: string): string {
  return step ? `/interaction/${uid}/${step}` : `/interaction/${uid}`;
}
