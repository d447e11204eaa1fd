import { createDigests } from '../../../src/crypto/digests.ts';
import { createOidcStorage, type OidcStorage } from '../../../src/storage/oidc/oidc-adapter.ts';
import type { RecordGuard } from '../../../src/storage/oidc/record-guard.ts';
import { createRequests, type Requests } from '../../../src/storage/oidc/request-notes.ts';
import { createSealing, type Sealing } from '../../../src/storage/oidc/sealing.ts';
import type { Redis } from '../../../src/storage/redis.ts';

export interface Storage extends OidcStorage {
  readonly requests: Requests;
  readonly sealing: Sealing;
  /** Grants that were revoked in PostgreSQL, in order. */
  readonly revoked: string[];
}

/** The adapter over this Redis; `admits` says which records still stand. */
export function openStorage(
  redis: Redis,
  digestKey: Buffer,
  admits: RecordGuard['admits'] = async () => true,
): Storage {
  const revoked: string[] = [];
  const requests = createRequests();
  const storage = createOidcStorage({
    redis,
    digests: createDigests(digestKey),
    guard: {
      stampFor: () => ({ person: 7, generation: 3, epoch: 1 }),
      admits,
      revokeGrant: async (grantId) => void revoked.push(grantId),
    },
    requests,
    now: () => new Date(),
    lifetimes: { grantSeconds: 600, interactionSeconds: 60 },
  });
  return { ...storage, requests, revoked, sealing: createSealing(createDigests(digestKey)) };
}

/** Every key of this Redis that the adapter wrote, with its value, as text. */
export async function dumpOf(redis: Redis): Promise<string> {
  const keys = await redis.keys('oidc:*');
  const values = await Promise.all(keys.map(async (key) => readAny(redis, key)));
  return JSON.stringify(keys.map((key, n) => [key, values[n]]));
}

async function readAny(redis: Redis, key: string): Promise<unknown> {
  const type = await redis.type(key);
  if (type === 'hash') return redis.hgetall(key);
  if (type === 'zset') return redis.zrange(key, 0, '-1');
  return redis.get(key);
}
