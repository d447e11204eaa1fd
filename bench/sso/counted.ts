import type pg from 'pg';
import type { Redis } from '../../src/storage/redis.ts';
import { onFlight } from '../../test/support/redis-flights.ts';

/** Sequential round trips of one who waits, from the first question on: flights to Redis, connections of the pool. */
export interface Counts {
  redis: number;
  postgres: number;
}

export function countFlights(redis: Pick<Redis, 'stream'>, pool?: pg.Pool): () => Counts {
  let counts: Counts | undefined;
  // Counting costs as well: none of it while the server's CPU is measured.
  const begin = (): Counts => {
    const begun = { redis: 0, postgres: 0 };
    onFlight(redis, () => {
      begun.redis += 1;
    });
    pool?.on('acquire', () => {
      begun.postgres += 1;
    });
    return begun;
  };
  return () => {
    counts ??= begin();
    return { ...counts };
  };
}
