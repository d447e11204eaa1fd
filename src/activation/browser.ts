import type { Context } from 'koa';
import { endedPage } from '../../views/activation/ended.ts';
import { seeOther } from '../http/addresses.ts';
import { render } from '../http/render.ts';
import { edgeOf } from '../http/request.ts';
import type { CeremonyStep } from '../storage/schema.ts';
import type { Activation } from './activation.ts';

/** The cookie that binds a ceremony to this browser. */
const COOKIE = 'activation';

export function tokenOf(ctx: Context): string | undefined {
  return edgeOf(ctx).cookies.get(ctx, COOKIE);
}

export function keepToken(ctx: Context, token: string, seconds: number): void {
  edgeOf(ctx).cookies.set(ctx, { base: COOKIE, value: token, maxAge: seconds });
}

export function forgetToken(ctx: Context): void {
  edgeOf(ctx).cookies.clear(ctx, COOKIE);
}

export const PAGE_OF: Readonly<Record<CeremonyStep, string>> = {
  proved: '/activate/password',
  claimed: '/activate/second-factor',
  'factor-enrolled': '/activate/recovery-codes',
};
export const EVERY_STEP = Object.keys(PAGE_OF) as CeremonyStep[];

export const WAITING_PAGE = '/activate/wait';

/** To where this browser's ceremony stands: after a step taken twice, or the button back. */
export async function goOn(
  ctx: Context,
  { findVisit, findWaiting }: Pick<Activation, 'findVisit' | 'findWaiting'>,
): Promise<void> {
  const token = tokenOf(ctx);
  if (token === undefined) return seeOther(ctx, '/activate');
  const visit = await findVisit(token, EVERY_STEP);
  if (visit) return seeOther(ctx, PAGE_OF[visit.ceremony.step]);
  if (ctx.path !== WAITING_PAGE && (await findWaiting(token))) return seeOther(ctx, WAITING_PAGE);
  // The cookie stays: where a freeze is what stopped it, its end restores this too.
  ctx.status = 409;
  render(ctx, endedPage, {});
}
