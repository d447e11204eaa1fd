import type { Redis } from '../../src/storage/redis.ts';

/**
 * Tells of each flight to Redis what it took along: all that is written in one turn of the event loop leaves together,
 * and whoever asked waits once. Returns how to stop.
 */
export function onFlight({ stream }: Pick<Redis, 'stream'>, note: (sent: string) => void): () => void {
  const write = stream.write;
  let sent: string[] = [];
  stream.write = ((...given: Parameters<typeof write>) => {
    if (sent.length === 0)
      setImmediate(() => {
        note(sent.join(''));
        sent = [];
      });
    sent.push(String(given[0]));
    return write.apply(stream, given);
  }) as typeof write;
  return () => {
    stream.write = write;
  };
}
