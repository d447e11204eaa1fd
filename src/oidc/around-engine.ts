import type { Context, Middleware } from 'koa';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { type Requests, sendPendingUses, takeBackAll } from '../storage/oidc/request-notes.ts';
import { Unavailable } from '../storage/unavailable.ts';
import { offerSwitch } from './account-switch.ts';
import { type ClientNowDependencies, judgeClientAnew } from './client-now.ts';
import { type CorsDependencies, permitRegisteredOrigins } from './cors.ts';
import { mendOutage } from './errors.ts';
import { allowFormPost, allowSilentFrame } from './form-post.ts';
import { noteWhoAsks } from './gate.ts';
import type { InteractionUrlDependencies } from './interaction-url.ts';
import { askAnew, clearAfterEnd, goOnWithoutSession } from './logout.ts';
import { type RateDependencies, refuseTooOften, tellWait } from './rate.ts';
import { announceRequestUris, type RequestUriDependencies, takeRequestUri } from './request-uri.ts';

export type AroundEngineDependencies = ClientNowDependencies &
  CorsDependencies &
  InteractionUrlDependencies &
  RateDependencies &
  RequestUriDependencies;

type Mend = (ctx: Context) => void;

/** What is noted before the engine is asked, and what becomes of its answer. */
export function createAroundEngine(from: AroundEngineDependencies): Middleware {
  const { requests } = from;
  const mends = mendsOf(from);
  return async (ctx, next) => {
    if (refuseTooOften(from, ctx)) return;
    noteWhoAsks(requests, ctx);
    judgeClientAnew(from, ctx);
    await takeRequestUri(from, ctx);
    try {
      await next();
      for (const mend of mends[routeOf(ctx)] ?? []) mend(ctx);
    } catch (error) {
      await settle(requests, { isDown: error instanceof Unavailable });
      throw error;
    }
    await settle(requests, { isDown: ctx.status === 503 });
    keepNewerCookie(requests, ctx);
    await permitRegisteredOrigins(from, ctx);
    mendOutage(ctx);
    tellWait(requests, ctx);
  };
}

/** By the engine's names of its routes, in their order. */
function mendsOf(
  from: InteractionUrlDependencies & RequestUriDependencies,
): Partial<Record<string, readonly Mend[]>> {
  return {
    authorization: [allowFormPost, allowSilentFrame],
    resume: [allowFormPost, allowSilentFrame, (ctx) => offerSwitch(from, ctx)],
    end_session: [goOnWithoutSession],
    end_session_confirm: [clearAfterEnd, askAnew],
    discovery: [(ctx) => announceRequestUris(from, ctx)],
  };
}

/** None where no route is the request's. */
function routeOf(ctx: Context): string {
  return (ctx as unknown as KoaContextWithOIDC).oidc?.route ?? '';
}

/** Where something is down nothing leaves: nothing is used up for it. */
function settle(requests: Requests, { isDown }: { isDown: boolean }): Promise<void> {
  return isDown ? takeBackAll(requests) : useUpWhatWasShown(requests);
}

/** Also where the request was refused between a code's use and the tokens that never came of it. */
async function useUpWhatWasShown(requests: Requests): Promise<void> {
  if (!requests.current()?.pending.length) return;
  await sendPendingUses(requests).catch((error: unknown) => {
    // Used by somebody else meanwhile: this request was refused already.
    if (!(error instanceof errors.OIDCProviderError)) throw error;
  });
}

/**
 * Another tab may have renewed the session's cookie while this request was under way: the older one must not overwrite
 * it.
 */
function keepNewerCookie(requests: Requests, ctx: Context): void {
  if (!requests.current()?.keepsCookie) return;
  const kept = ctx.res.getHeader('set-cookie');
  const others = [kept ?? []]
    .flat()
    .filter((line) => !/^(__Host-)?preau_session(\.sig)?=/.test(String(line)));
  ctx.remove('set-cookie');
  if (others.length > 0) ctx.res.setHeader('set-cookie', others.map(String));
}
