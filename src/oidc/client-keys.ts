import type { Client } from 'oidc-provider';

/** An answer of a jwks_uri is no older than this when a client's keys are taken from it, whatever its headers allow. */
export const KEPT_SECONDS = 60;

// Fetched anew before they are used again: what their owner withdrew is good for no longer.
const YOUNG_SECONDS = 300;
// Where their address does not answer, those fetched last stay good until then.
const LONGEST_SECONDS = 900;
// No more often, also for a kid that nobody knows.
const ASKED_EVERY_SECONDS = 60;
// A client that has no keys to be known by may try again sooner.
const FAILED_SECONDS = 10;

/**
 * The engine fetches the keys of a jwks_uri only after they failed to verify something, and then for as long as their
 * answer says, be it an error's. Here they grow old by our clock.
 */
export function renewKeys(client: Client, now: () => Date): void {
  if (!client.jwksUri) return;
  const { asymmetricKeyStore: keys } = client as unknown as { asymmetricKeyStore: KeyStore };
  const { refresh, selectForVerify } = keys;
  const seconds = () => now().getTime() / 1000;
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let askedAgainAt = Number.NEGATIVE_INFINITY;
  const isGood = (at: number) =>
    at < fetchedAt + YOUNG_SECONDS || (at < fetchedAt + LONGEST_SECONDS && at < askedAgainAt);
  keys.fresh = () => seconds() < askedAgainAt;
  // Where none is found the engine refreshes and looks again.
  keys.selectForVerify = (wanted) => (isGood(seconds()) ? selectForVerify.call(keys, wanted) : []);
  keys.refresh = async () => {
    if (keys.fresh()) return;
    try {
      await refresh.call(keys);
      fetchedAt = seconds();
      askedAgainAt = fetchedAt + ASKED_EVERY_SECONDS;
    } catch (error) {
      const at = seconds();
      const hasKeys = at < fetchedAt + LONGEST_SECONDS;
      askedAgainAt = at + (hasKeys ? ASKED_EVERY_SECONDS : FAILED_SECONDS);
      if (!hasKeys) throw error;
    }
  };
}

/** Of models/client.js. */
interface KeyStore {
  fresh(): boolean;
  refresh(): Promise<void>;
  selectForVerify(wanted: object): unknown[];
}
