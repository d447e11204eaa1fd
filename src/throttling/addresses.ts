import type { Digests } from '../crypto/digests.ts';
import { limitKey } from '../http/client-address.ts';
import { askRedis, type Redis } from '../storage/redis.ts';
import { Unavailable } from '../storage/unavailable.ts';

export interface AddressLimit {
  addressFailures: number;
  addressWindowSeconds: number;
}

/** What happens while Redis is away: sign-in goes on (the limit per name holds), activation and reset do not. */
export type WithoutRedis = 'open' | 'closed';

export interface Addresses {
  /** Throws Unavailable where it must close. Ask before anything is verified. */
  isAllowed(address: string, withoutRedis: WithoutRedis): Promise<boolean>;
  noteFailure(address: string, withoutRedis: WithoutRedis): Promise<void>;
}

export interface Dependencies {
  redis: Redis;
  digests: Digests;
  limits: AddressLimit;
  /** Counts how often the limit could not be asked. */
  count: (event: string) => void;
}

/** Failures per address (IPv6: per /64) within a fixed window, in Redis: one key each, an address only as a digest. */
export function createAddresses({ redis, digests, limits, count }: Dependencies): Addresses {
  const keyOf = (address: string) => `address:${digests.textOf('address', limitKey(address))}`;
  const unless = async <T>(open: T, withoutRedis: WithoutRedis, ask: () => Promise<T>): Promise<T> => {
    try {
      return await askRedis(ask);
    } catch (error) {
      if (withoutRedis === 'closed' || !(error instanceof Unavailable)) throw error;
      count('address-limit-not-asked');
      return open;
    }
  };
  return {
    isAllowed: (address, withoutRedis) =>
      unless(true, withoutRedis, async () => {
        const failed = Number((await redis.get(keyOf(address))) ?? 0);
        return failed < limits.addressFailures;
      }),
    noteFailure: (address, withoutRedis) =>
      unless(undefined, withoutRedis, async () => {
        const key = keyOf(address);
        // Pipelined: the expiry is set with the first failure and never moved by a later one.
        await Promise.all([redis.incr(key), redis.expire(key, limits.addressWindowSeconds, 'NX')]);
      }),
  };
}
