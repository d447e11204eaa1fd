import type { Redis } from '../redis.ts';
import { atLeastOne } from './records.ts';
import { runScript, script } from './script.ts';
import type { Sealing } from './sealing.ts';

/** Which refresh tokens a grant gave, by expiry. Only for cleaning up: a revoked grant's tombstone is what counts. */
export interface GrantFamilies {
  add(grantId: string, member: { key: string; seconds: number }): Promise<void>;
  /** The members' keys; the index is gone afterwards. */
  take(grantId: string): Promise<string[]>;
}

// Trimmed at each write, and alive as long as its longest member (design R3).
const ADD = script(`
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[3])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('EXPIREAT', KEYS[1], string.format('%d', last[2]))`);

const TAKE = script(`
local members = redis.call('ZRANGE', KEYS[1], 0, -1)
redis.call('DEL', KEYS[1])
return members`);

export function createGrantFamilies(from: {
  redis: Redis;
  sealing: Sealing;
  now: () => Date;
}): GrantFamilies {
  const keyOf = (grantId: string) => `oidc:family:${from.sealing.nameOf('family', grantId)}`;
  return {
    async add(grantId, { key, seconds }) {
      const now = Math.floor(from.now().getTime() / 1000);
      const args = [now, now + atLeastOne(seconds), key];
      await runScript(from.redis, ADD, keyOf(grantId), args);
    },
    async take(grantId) {
      return (await runScript(from.redis, TAKE, keyOf(grantId), [])) as string[];
    },
  };
}
