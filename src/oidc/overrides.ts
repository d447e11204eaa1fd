import type Provider from 'oidc-provider';
import type { Digests } from '../crypto/digests.ts';
import { isSecretOf } from '../relying-parties/client-secret.ts';
import type { Registry } from '../relying-parties/registry.ts';
import type { IsUnique } from '../storage/oidc/replay.ts';
import { acrNow } from './acr.ts';
import { withOutages } from './outages.ts';

export interface OverrideDependencies {
  readonly registry: Registry;
  readonly digests: Digests;
  readonly isUnique: IsUnique;
  readonly now: () => Date;
  readonly secondFactorSeconds: number;
}

/** What the engine has no option for. Per provider: each that takes another's place gets them anew. */
export function installOverrides(provider: Provider, from: OverrideDependencies): void {
  const { registry, digests, isUnique, now } = from;
  // Kept as HMAC, several at once during overlap (design D11).
  provider.Client.prototype.compareClientSecret = async function (
    this: { clientId: string },
    secret: string,
  ) {
    const party = registry.known(this.clientId);
    return party !== undefined && isSecretOf(digests, party, { secret, at: now() });
  };
  // The engine's own is find, then save: up to 20 of 20 assertions pass.
  provider.ReplayDetection.unique = withOutages(isUnique);
  Object.defineProperty(provider.OIDCContext.prototype, 'acr', {
    get(this: { session: { acr?: string; loginTs?: number } }) {
      return acrNow(this.session, { at: now(), countsForSeconds: from.secondFactorSeconds });
    },
  });
}
