import type { Context } from 'koa';
import { otpPage, recoveryCodePage } from '../../views/login/second-factor.ts';
import { seeOther } from '../http/addresses.ts';
import { type FieldErrors, readForm } from '../http/forms.ts';
import { render } from '../http/render.ts';
import { clientAddressOf } from '../http/request.ts';
import { checkSecondFactor } from './check-second-factor.ts';
import { devicesOf } from './device-cookie.ts';
import { otpForm, recoveryCodeForm } from './forms.ts';
import type { FirstFactor, SignInRequest } from './interaction.ts';
import { type Dependencies, enter, pathOf, showNotNow, showPaused } from './pages.ts';

export function showOtp(ctx: Context, request: SignInRequest, errors?: FieldErrors): void {
  if (firstFactorOf(request))
    render(ctx, otpPage, { ...waysOf(request, 'second-factor', 'recovery-code'), errors });
  else seeOther(ctx, pathOf(request));
}

export function showCode(ctx: Context, request: SignInRequest, errors?: FieldErrors): void {
  if (firstFactorOf(request))
    render(ctx, recoveryCodePage, { ...waysOf(request, 'recovery-code', 'second-factor'), errors });
  else seeOther(ctx, pathOf(request));
}

export async function takeOtp(from: Dependencies, ctx: Context, request: SignInRequest): Promise<void> {
  const form = readForm(ctx, otpForm);
  if (form.outcome === 'read') return takeSecond(from, ctx, { request, kind: 'otp', typed: form.values.otp });
  ctx.status = 422;
  showOtp(ctx, request, form.fields);
}

export async function takeCode(from: Dependencies, ctx: Context, request: SignInRequest): Promise<void> {
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

function waysOf(request: SignInRequest, here: string, other: string) {
  return { action: pathOf(request, here), other: pathOf(request, other), startAgain: pathOf(request) };
}
