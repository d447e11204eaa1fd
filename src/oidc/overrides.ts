import { decodeJwt } from 'jose';
import type Provider from 'oidc-provider';
import type { Digests } from '../crypto/digests.ts';
import { isSecretOf } from '../relying-parties/client-secret.ts';
import type { Registry } from '../relying-parties/registry.ts';
import type { IsUnique } from '../storage/oidc/replay.ts';
import type { Requests } from '../storage/oidc/request-notes.ts';
import type { RedisEpoch } from '../storage/redis-epoch.ts';
import { acrNow } from './acr.ts';
import { renewKeys } from './client-keys.ts';
import { lightenModels } from './engine-models.ts';
import { withOutages } from './outages.ts';

export interface OverrideDependencies {
  readonly registry: Registry;
  readonly digests: Digests;
  readonly isUnique: IsUnique;
  readonly requests: Requests;
  readonly redisEpoch: RedisEpoch;
  readonly now: () => Date;
  readonly secondFactorSeconds: number;
  readonly logger: { error(details: object, message: string): void };
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
  // Told from the queue, at each end of a session and not only at this one (logout-notices.ts).
  provider.Client.prototype.backchannelLogout = async () => {};
  // The engine's own is find, then save: up to 20 of 20 assertions pass.
  provider.ReplayDetection.unique = withOutages(async (issuer, jti, expiresAt) => {
    const madeAt = momentOf(from.requests.current()?.proof, jti);
    if (madeAt === undefined) return isUnique(issuer, jti, expiresAt);
    // Redis lost what it had: a proof of possession from before may have been used (design D14).
    if (madeAt * 1000 <= (await from.redisEpoch.at())) return false;
    // One from a clock ahead of ours is good for longer than the engine counts from now, but for no more than that again.
    return isUnique(issuer, jti, Math.max(expiresAt, Math.min(madeAt, expiresAt) + PROOF_SECONDS));
  });
  renewCookieAtSignInAlone(provider);
  lightenModels(provider, from.logger, (client) => renewKeys(client, now));
  Object.defineProperty(provider.OIDCContext.prototype, 'acr', {
    get(this: { session: { acr?: string; loginTs?: number } }) {
      return acrNow(this.session, { at: now(), countsForSeconds: from.secondFactorSeconds });
    },
  });
}

/**
 * The engine renews the cookie's id wherever it comes back from a page. Who only read one is who they were: their
 * other tabs, under way with the id of before, shall not have to start again.
 */
function renewCookieAtSignInAlone(provider: Provider): void {
  const { prototype } = provider.Session;
  const signedIn = new WeakSet<object>();
  const { loginAccount, resetIdentifier } = prototype;
  prototype.loginAccount = function (this: typeof prototype, ...given: Parameters<typeof loginAccount>) {
    signedIn.add(this);
    return loginAccount.apply(this, given);
  };
  prototype.resetIdentifier = function (this: typeof prototype) {
    if (signedIn.has(this)) resetIdentifier.call(this);
  };
}

// RFC 9449 §11.1; the engine's CHALLENGE_OK_WINDOW, before and after a proof's moment.
const PROOF_SECONDS = 300;

/** Of the proof that bears this jti, in seconds; undefined where it is a client assertion's. */
function momentOf(proof: string | undefined, jti: string): number | undefined {
  const { jti: shown, iat } = claimsOf(proof);
  return shown === jti && typeof iat === 'number' ? iat : undefined;
}

/** The engine looks at a client's assertion first: what comes beside it may be anything yet. */
function claimsOf(proof = ''): { jti?: unknown; iat?: unknown } {
  try {
    return decodeJwt(proof);
  } catch {
    return {};
  }
}
