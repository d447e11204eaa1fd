import type { Context } from 'koa';
import { type ErrorOut, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { startAgainPage } from '../../views/login/start-again.ts';
import { requestRefusedPage } from '../../views/oidc/request-refused.ts';
import { answerError } from '../http/errors.ts';
import { Refusal } from '../http/refusal.ts';
import { render } from '../http/render.ts';

/** What the engine cannot take back to a relying party becomes a page of ours. */
export async function showError(given: KoaContextWithOIDC, out: ErrorOut, error: Error): Promise<void> {
  const ctx = given as unknown as Context;
  if (error instanceof errors.SessionNotFound) return render(ctx, startAgainPage, {});
  if (!(error instanceof errors.OIDCProviderError)) return answerError(ctx, error);
  render(ctx, requestRefusedPage, { error: out.error, description: out.error_description });
}

/** Stands in front of the engine: an error outside of its own handlers, and what an outage had already set. */
export async function answerOutages(ctx: Context, next: () => Promise<void>): Promise<void> {
  try {
    await next();
  } catch (error) {
    return answerError(ctx, error);
  }
  if (ctx.status !== 503) return;
  if (!ctx.response.get('Retry-After')) ctx.set('Retry-After', '2');
  for (const name of ['Location', 'WWW-Authenticate', 'Set-Cookie']) ctx.remove(name);
}

/** No address of the engine, or none for this method: the page that everybody gets who goes astray. */
export function answerUnknown(ctx: Context): void {
  if (ctx.status === 404 && !ctx.body) answerError(ctx, new Refusal('not-found'));
}
