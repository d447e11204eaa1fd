import type { Context } from 'koa';
import { integratorsPage, stackPage } from '../../views/portal/integrators.ts';
import { Refusal } from '../http/refusal.ts';
import { render } from '../http/render.ts';
import { findStack, STACKS } from './stacks.ts';

export interface IntegratorsDependencies {
  readonly issuer: string;
  /** What the engine answers at `/.well-known/openid-configuration`, now. */
  discovery(): Promise<Record<string, unknown>>;
}

/** What Préau speaks, how an application is registered, and settings to copy. */
export async function showIntegrators(
  { issuer, discovery }: IntegratorsDependencies,
  ctx: Context,
): Promise<void> {
  const { stack: name } = ctx.params as { stack?: string };
  if (name === undefined)
    return render(ctx, integratorsPage, { issuer, discovery: await discovery(), stacks: STACKS });
  const stack = findStack(name);
  if (!stack) throw new Refusal('not-found');
  render(ctx, stackPage, { stack });
}
