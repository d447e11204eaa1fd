import { askRedis, type Redis } from '../redis.ts';
import { atLeastOne } from './records.ts';
import type { Sealing } from './sealing.ts';

// An assertion may still be taken for this long after it expired (clocks differ).
const CLOCK_TOLERANCE = 60;

/** True for the first who shows this jti before it expires (RFC 7523 §3, RFC 9449 §11.1); one SET NX. */
export type IsUnique = (issuer: string, jti: string, expiresAt: number) => Promise<boolean>;

export function createReplayDetection(from: { redis: Redis; sealing: Sealing; now: () => Date }): IsUnique {
  return async (issuer, jti, expiresAt) => {
    const key = `oidc:proof:${from.sealing.nameOf('proof', JSON.stringify([issuer, jti]))}`;
    const seconds = atLeastOne(expiresAt - from.now().getTime() / 1000 + CLOCK_TOLERANCE);
    return (await askRedis(() => from.redis.set(key, '1', 'EX', seconds, 'NX'))) === 'OK';
  };
}
