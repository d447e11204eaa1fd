import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { RedisEpoch } from '../storage/redis-epoch.ts';
import { withOutages } from './outages.ts';

/** How far the clock of a relying party may be from ours. */
export const CLOCK_TOLERANCE_SECONDS = 10;

/** An assertion that named no end near by would have to be remembered as long. */
export const LONGEST_ASSERTION_SECONDS = 3600;

/** The times of a client's JWT (RFC 7523 §3), once its signature is verified; the engine asks only for an end to come. */
export function createAssertionCheck({ redisEpoch, now }: { redisEpoch: RedisEpoch; now: () => Date }) {
  return withOutages(async (_: KoaContextWithOIDC, { iat, exp }: Record<string, unknown>): Promise<void> => {
    const latestNow = now().getTime() / 1000 + CLOCK_TOLERANCE_SECONDS;
    const earliest = Number(exp) - LONGEST_ASSERTION_SECONDS - CLOCK_TOLERANCE_SECONDS;
    if (!(earliest + CLOCK_TOLERANCE_SECONDS <= latestNow)) throw refused('assertion for too long');
    if (typeof iat === 'number' && iat > latestNow) throw refused('assertion from the future');
    const madeAt = typeof iat === 'number' ? iat : earliest;
    // Redis lost what it had: an assertion from before may have been used (design D14).
    if (madeAt * 1000 <= (await redisEpoch.at())) throw refused('assertion too old');
  });
}

function refused(detail: string): errors.InvalidClientAuth {
  return new errors.InvalidClientAuth({ detail });
}
