import type { Context } from 'koa';
import { type ErrorOut, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { startAgainPage } from '../../views/login/start-again.ts';
import { requestRefusedPage } from '../../views/oidc/request-refused.ts';
import { answerError } from '../http/errors.ts';
import { render } from '../http/render.ts';

/** What the engine cannot take back to a relying party becomes a page of ours. */
export async function showError(given: KoaContextWithOIDC, out: ErrorOut, error: Error): Promise<void> {
  const ctx = given as unknown as Context;
  if (error instanceof errors.SessionNotFound) return render(ctx, startAgainPage, {});
  if (!(error instanceof errors.OIDCProviderError)) return answerError(ctx, error);
  render(ctx, requestRefusedPage, { error: out.error, description: out.error_description });
}

/** What the engine answers where something is down: when to come again, and nothing of what had been set before. */
export function mendOutage(ctx: Context): void {
  if (ctx.status !== 503) return;
  if (!ctx.response.get('Retry-After')) ctx.set('Retry-After', '2');
  for (const name of ['Location', 'WWW-Authenticate', 'Set-Cookie']) ctx.remove(name);
}
