import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDigests } from '../../src/crypto/digests.ts';
import { openRedis } from '../../src/storage/redis.ts';
import { Unavailable } from '../../src/storage/unavailable.ts';
import { type Addresses, createAddresses } from '../../src/throttling/addresses.ts';
import { type TestStores, testStores } from '../support/stores.ts';

let stores: TestStores;
beforeAll(async () => {
  stores = await testStores();
});
afterAll(() => stores.close());

function addressesOn(redis: TestStores['redis'], events: string[] = []): Addresses {
  return createAddresses({
    redis,
    // Another digest key in every test file: the shared Redis cannot mix their counters.
    digests: createDigests(stores.secrets.digestKey),
    limits: { addressFailures: 100, addressWindowSeconds: 600 },
    count: (event) => events.push(event),
  });
}

describe('the limit per address', () => {
  it('turns an address away after 100 failures', async () => {
    const addresses = addressesOn(stores.redis);
    await Promise.all(Array.from({ length: 99 }, () => addresses.noteFailure('192.0.2.7', 'open')));
    expect(await addresses.isAllowed('192.0.2.7', 'open')).toBe(true);
    await addresses.noteFailure('192.0.2.7', 'open');
    expect(await addresses.isAllowed('192.0.2.7', 'open')).toBe(false);
    expect(await addresses.isAllowed('192.0.2.8', 'open')).toBe(true);
  });

  it('counts an IPv6 network of 64 bits as one', async () => {
    const addresses = addressesOn(stores.redis);
    for (let host = 1; host <= 100; host += 1) {
      await addresses.noteFailure(`2001:db8:1:2::${host.toString(16)}`, 'open');
    }
    expect(await addresses.isAllowed('2001:db8:1:2:ffff::1', 'open')).toBe(false);
    expect(await addresses.isAllowed('2001:db8:1:3::1', 'open')).toBe(true);
  });

  it('forgets after ten minutes from the first failure, and keeps no address in clear', async () => {
    const addresses = addressesOn(stores.redis);
    await addresses.noteFailure('192.0.2.99', 'open');
    const keys = await stores.redis.keys('*');
    expect(keys.filter((key) => key.includes('192.0.2'))).toEqual([]);
    const lives = await Promise.all(
      keys.filter((key) => key.startsWith('address:')).map((key) => stores.redis.ttl(key)),
    );
    expect(Math.min(...lives)).toBeGreaterThan(0);
    expect(Math.max(...lives)).toBeLessThanOrEqual(600);
  });

  it('without Redis stays open for sign-in, with a metric, and closes for activation', async () => {
    const redis = await openRedis({ at: stores.redisSocket, commandMilliseconds: 500 });
    redis.disconnect();
    const events: string[] = [];
    const addresses = addressesOn(redis, events);
    expect(await addresses.isAllowed('192.0.2.1', 'open')).toBe(true);
    await addresses.noteFailure('192.0.2.1', 'open');
    expect(events).toEqual(['address-limit-not-asked', 'address-limit-not-asked']);
    await expect(addresses.isAllowed('192.0.2.1', 'closed')).rejects.toThrow(Unavailable);
    await expect(addresses.noteFailure('192.0.2.1', 'closed')).rejects.toThrow(Unavailable);
  });
});
