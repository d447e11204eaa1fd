import type { Context, Middleware } from 'koa';
import { type Configuration, errors, Provider } from 'oidc-provider';
import { describeError } from '../http/error-log.ts';
import { type Requests, sendPendingUses } from '../storage/oidc/request-notes.ts';
import { offerSwitch } from './account-switch.ts';
import { judgeClientAnew } from './client-now.ts';
import { type ConfigurationDependencies, createConfiguration } from './configuration.ts';
import { allowRegisteredOrigins } from './cors.ts';
import { answerOutages, answerUnknown } from './errors.ts';
import { allowFormPost, allowSilentFrame } from './form-post.ts';
import { goOnWithoutSession } from './logout.ts';
import { installOverrides, type OverrideDependencies } from './overrides.ts';
import { limitAddresses, type RateDependencies } from './rate.ts';
import { takeRequestUri } from './request-uri.ts';
import { installSessionEnd, type SessionEndDependencies } from './session-end.ts';
import { keepTraces, type TraceDependencies } from './traces.ts';

export interface ProviderDependencies
  extends ConfigurationDependencies,
    Omit<OverrideDependencies, 'now'>,
    TraceDependencies,
    RateDependencies,
    Omit<SessionEndDependencies, 'now' | 'states'> {
  readonly requests: Requests;
  /** Where a client asks about nobody. */
  readonly pathsAboutNobody: readonly string[];
  readonly logger: { error(details: object, message: string): void };
}

/** One engine for one set of keys; a rotation builds another and puts it in this one's place. */
export function buildProvider(from: ProviderDependencies): Provider {
  const configuration: Configuration = createConfiguration(from);
  const provider = new Provider(from.issuer, configuration);
  // Its edge writes X-Forwarded-Proto from the issuer: nobody else's host or scheme gets into an address.
  provider.proxy = true;
  // What the engine answers by itself with 500 would leave no trace.
  provider.on('server_error', (_, error) => {
    from.logger.error({ error: describeError(error) }, 'unexpected error of the engine');
  });
  keepTraces(provider, from);
  installOverrides(provider, from);
  installSessionEnd(provider, from);
  const steps: Middleware[] = [
    answerOutages,
    answerUnknown,
    limitAddresses(from),
    judgeClientAnew(from),
    allowRegisteredOrigins(from.registry),
    takeRequestUri(from),
    keepNewerCookie(from.requests),
    useUpWhatWasShown(from.requests),
    goOnWithoutSession,
    offerSwitch,
    allowSilentFrame,
    allowFormPost,
  ];
  for (const step of steps) provider.use(step as Parameters<Provider['use']>[0]);
  return provider;
}

/** Also where the request was refused between a code's use and the tokens that never came of it. */
function useUpWhatWasShown(requests: Requests): Middleware {
  return async (_, next) => {
    try {
      await next();
    } finally {
      await sendPendingUses(requests).catch((error: unknown) => {
        // Used by somebody else meanwhile: this request was refused already.
        if (!(error instanceof errors.OIDCProviderError)) throw error;
      });
    }
  };
}

/** Another tab renewed the session's cookie while this request was under way: the older one must not overwrite it. */
function keepNewerCookie(requests: Requests): Middleware {
  return async (ctx: Context, next) => {
    await next();
    if (!requests.current()?.cookieIsStale) return;
    const kept = ctx.res.getHeader('set-cookie');
    const others = [kept ?? []]
      .flat()
      .filter((line) => !/^(__Host-)?preau_session(\.sig)?=/.test(String(line)));
    ctx.remove('set-cookie');
    if (others.length > 0) ctx.res.setHeader('set-cookie', others.map(String));
  };
}
