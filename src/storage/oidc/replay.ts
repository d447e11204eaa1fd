import { askRedis, type Redis } from '../redis.ts';
import { atLeastOne } from './records.ts';
import { noteUse, type Requests } from './request-notes.ts';
import type { Sealing } from './sealing.ts';

// An assertion may still be taken for this long after it expired (clocks differ).
const CLOCK_TOLERANCE = 60;

/** True for the first who shows this jti before it expires (RFC 7523 §3, RFC 9449 §11.1); one SET NX. */
export type IsUnique = (issuer: string, jti: string, expiresAt: number) => Promise<boolean>;

interface Dependencies {
  readonly redis: Redis;
  readonly sealing: Sealing;
  readonly requests: Requests;
  readonly now: () => Date;
}

export function createReplayDetection(from: Dependencies): IsUnique {
  return async (issuer, jti, expiresAt) => {
    const key = `oidc:proof:${from.sealing.nameOf('proof', JSON.stringify([issuer, jti]))}`;
    const seconds = atLeastOne(expiresAt - from.now().getTime() / 1000 + CLOCK_TOLERANCE);
    const isFirst = (await askRedis(() => from.redis.set(key, '1', 'EX', seconds, 'NX'))) === 'OK';
    // Whoever is told to come again may send the very same.
    if (isFirst) noteUse(from.requests, async () => void (await from.redis.unlink(key)));
    return isFirst;
  };
}
