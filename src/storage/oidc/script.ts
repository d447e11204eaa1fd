import { createHash } from 'node:crypto';
import { askRedis, type Redis } from '../redis.ts';

export interface Script {
  readonly text: string;
  readonly sha: string;
}

export function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** Runs a script on one key: never more, so that Redis Cluster needs nothing (design D14). */
export async function runScript(
  redis: Redis,
  { text, sha }: Script,
  key: string,
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(sha, 1, key, ...args);
  } catch (error) {
    const isUnknown = error instanceof Error && error.message.startsWith('NOSCRIPT');
    return askRedis(() => (isUnknown ? redis.eval(text, 1, key, ...args) : Promise.reject(error)));
  }
}
