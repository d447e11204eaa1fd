import { Redis } from 'ioredis';
import { Unavailable } from './unavailable.ts';

export type { Redis };

export interface RedisOptions {
  /** A redis:// or rediss:// URL, or the path of a unix socket. */
  at: string;
  commandMilliseconds: number;
}

/** Connected before it is handed out; later it fails at once while Redis is away and reconnects by itself. */
export async function openRedis({ at, commandMilliseconds }: RedisOptions): Promise<Redis> {
  const redis = new Redis(at, {
    lazyConnect: true,
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    maxRetriesPerRequest: 1,
    commandTimeout: commandMilliseconds,
    connectTimeout: 2000,
    retryStrategy: (attempt) => Math.min(50 * attempt, 1000),
  });
  redis.on('error', () => {});
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    throw new Unavailable('redis', { cause: error });
  }
  return redis;
}

/** Runs Redis commands; whatever goes wrong there means "not available", never "not found". */
export async function askRedis<T>(commands: () => Promise<T>): Promise<T> {
  try {
    return await commands();
  } catch (error) {
    throw error instanceof Unavailable ? error : new Unavailable('redis', { cause: error });
  }
}
