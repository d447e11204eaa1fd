import type { Context } from 'koa';
import { notNowPage, pausedPage } from '../../views/login/not-now.ts';
import { render } from '../http/render.ts';
import { answerTooMany } from '../http/too-many.ts';
import type { Dependencies as PasswordDependencies } from './check-password.ts';
import type { Dependencies as FactorDependencies } from './check-second-factor.ts';
import { keepDevice } from './device-cookie.ts';
import type { NotNow } from './entry.ts';
import type { Interactions, SignIn, SignInRequest } from './interaction.ts';

export interface Dependencies extends PasswordDependencies, FactorDependencies {
  interactions: Interactions;
}

export async function enter(from: Dependencies, ctx: Context, signIn: SignIn): Promise<void> {
  if (signIn.limits.kind !== 'shared-device') keepDevice(from, ctx, signIn);
  await from.interactions.finishInteraction(ctx, { outcome: 'signed-in', signIn });
}

export function showNotNow(ctx: Context, request: SignInRequest, reason: NotNow): void {
  ctx.status = 403;
  render(ctx, notNowPage, { reason, cancel: pathOf(request, 'cancel') });
}

export function showPaused(
  from: Dependencies,
  ctx: Context,
  { until, again }: { until: Date; again: string },
): void {
  const seconds = answerTooMany(ctx, { until, at: from.now() });
  render(ctx, pausedPage, { minutes: Math.ceil(seconds / 60), again });
}

export function pathOf({ uid }: SignInRequest, step?: string): string {
  return step ? `/interaction/${uid}/${step}` : `/interaction/${uid}`;
}
