import { type Configuration, Provider } from 'oidc-provider';
import { standAt } from '../http/addresses.ts';
import { describeError } from '../http/error-log.ts';
import { type ConfigurationDependencies, createConfiguration } from './configuration.ts';
import { installOverrides, type OverrideDependencies } from './overrides.ts';
import { installSessionEnd, type SessionEndDependencies } from './session-end.ts';
import { keepTraces, type TraceDependencies } from './traces.ts';

export interface ProviderDependencies
  extends ConfigurationDependencies,
    Omit<OverrideDependencies, 'now'>,
    TraceDependencies,
    Omit<SessionEndDependencies, 'now' | 'states'> {
  readonly logger: { error(details: object, message: string): void };
}

/** One engine for one set of keys; a rotation builds another and puts it in this one's place. */
export function buildProvider(from: ProviderDependencies): Provider {
  const configuration: Configuration = createConfiguration(from);
  const provider = new Provider(from.issuer, configuration);
  standAt(provider, from.issuer);
  // What the engine answers by itself with 500 would leave no trace.
  provider.on('server_error', (_, error) => {
    from.logger.error({ error: describeError(error) }, 'unexpected error of the engine');
  });
  keepTraces(provider, from);
  installOverrides(provider, from);
  installSessionEnd(provider, from);
  return provider;
}
