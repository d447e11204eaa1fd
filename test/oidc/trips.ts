import { onFlight } from '../support/redis-flights.ts';
import type { TestStores } from '../support/stores.ts';

type Stores = Pick<TestStores, 'pool' | 'redis'>;

/** One after the other, of one who waits. */
export interface Trips {
  readonly redis: number;
  readonly postgres: number;
}

export async function countTrips(stores: Stores, act: () => Promise<unknown>): Promise<Trips> {
  let redis: string[] = [];
  const postgres = await roundTrips(stores, async () => {
    redis = await flights(stores, act);
  });
  return { redis: redis.length, postgres };
}

/** How often a connection of the pool was taken: each statement takes one, a transaction one for all of its own. */
export async function roundTrips({ pool }: Stores, act: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const note = () => {
    count += 1;
  };
  pool.on('acquire', note);
  await act();
  pool.off('acquire', note);
  return count;
}

/** What was sent to Redis and waited for. */
export async function flights({ redis }: Stores, act: () => Promise<unknown>): Promise<string[]> {
  const sent: string[] = [];
  const stop = onFlight(redis, (flight) => sent.push(flight));
  await act();
  stop();
  return sent;
}
