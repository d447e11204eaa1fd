import type pg from 'pg';
import type { Redis } from '../../src/storage/redis.ts';
import { onFlight } from '../../test/support/redis-flights.ts';

/** Sequential round trips of one who waits: flights to Redis, and connections taken from the pool. */
export interface Counts {
  redis: number;
  postgres: number;
}

export function countFlights(redis: Pick<Redis, 'stream'>, pool?: pg.Pool): () => Counts {
  const counts: Counts = { redis: 0, postgres: 0 };
  onFlight(redis, () => {
    counts.redis += 1;
  });
  pool?.on('acquire', () => {
    counts.postgres += 1;
  });
  return () => ({ ...counts });
}
