import type { Digests } from '../crypto/digests.ts';
import { limitKey, truncateAddress } from '../http/client-address.ts';

/**
 * From where something was done, as records keep it: enough to say "the same address" (a keyed digest, IPv6 by /64)
 * and roughly where it lies; never the address itself.
 */
export function sourceOf(digests: Digests, address: string): { source: string; address: string } {
  return {
    source: digests.textOf('address', limitKey(address)),
    address: truncateAddress(address),
  };
}
