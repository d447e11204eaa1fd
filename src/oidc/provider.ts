import { type Configuration, Provider } from 'oidc-provider';
import { describeError } from '../http/error-log.ts';
import { type AroundEngineDependencies, createAroundEngine } from './around-engine.ts';
import { type ConfigurationDependencies, createConfiguration } from './configuration.ts';
import { answerOutages } from './errors.ts';
import { installOverrides, type OverrideDependencies } from './overrides.ts';
import { limitAddresses, type RateDependencies } from './rate.ts';
import { installSessionEnd, type SessionEndDependencies } from './session-end.ts';
import { keepTraces, type TraceDependencies } from './traces.ts';

export interface ProviderDependencies
  extends ConfigurationDependencies,
    Omit<OverrideDependencies, 'now'>,
    TraceDependencies,
    RateDependencies,
    Omit<AroundEngineDependencies, 'registry' | 'remote'>,
    Omit<SessionEndDependencies, 'now' | 'states'> {
  readonly logger: { error(details: object, message: string): void };
}

/** One engine for one set of keys; a rotation builds another and puts it in this one's place. */
export function buildProvider(from: ProviderDependencies): Provider {
  const configuration: Configuration = createConfiguration(from);
  const provider = new Provider(from.issuer, configuration);
  // Whatever a request says, no other host or scheme gets into an address of ours.
  const { host, protocol } = new URL(from.issuer);
  Object.defineProperties(provider.request, {
    host: { value: host },
    protocol: { value: protocol.replace(':', '') },
  });
  // What the engine answers by itself with 500 would leave no trace.
  provider.on('server_error', (_, error) => {
    from.logger.error({ error: describeError(error) }, 'unexpected error of the engine');
  });
  keepTraces(provider, from);
  installOverrides(provider, from);
  installSessionEnd(provider, from);
  for (const step of [answerOutages, limitAddresses(from), createAroundEngine(from)])
    provider.use(step as Parameters<Provider['use']>[0]);
  return provider;
}
