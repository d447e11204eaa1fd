/** Counts what goes to Redis at once, and connections taken from the pool: sequential round trips of one who waits. */
export interface Counts {
  redis: number;
  postgres: number;
}

export function countFlights(
  redis: unknown,
  pool?: { on(event: 'acquire', note: () => void): unknown },
): () => Counts {
  const counts: Counts = { redis: 0, postgres: 0 };
  const { stream } = redis as { stream: { write(...given: unknown[]): boolean } };
  const write = stream.write;
  stream.write = function (this: unknown, ...given: unknown[]) {
    counts.redis += 1;
    return write.apply(this, given);
  };
  pool?.on('acquire', () => {
    counts.postgres += 1;
  });
  return () => ({ ...counts });
}
