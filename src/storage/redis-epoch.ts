import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from './postgres.ts';
import { askRedis, type Redis } from './redis.ts';

/** Since when this Redis has lost nothing (design D14). */
export interface RedisEpoch {
  /** Milliseconds since 1970; what was made before it may have been used already. -Infinity: it never lost any. */
  at(): Promise<number>;
}

const NONCE_KEY = 'preau:nonce';

/** Asked once per connection: a restart, a failover or an older copy says itself differently from the last seen. */
export function createRedisEpoch(from: { redis: Redis; db: Db; now: () => Date }): RedisEpoch {
  let known: Promise<number> | undefined;
  from.redis.on('close', () => {
    known = undefined;
  });
  return {
    at() {
      known ??= compareWithLastSeen(from).catch((error) => {
        known = undefined;
        throw error;
      });
      return known;
    },
  };
}

async function compareWithLastSeen(from: { redis: Redis; db: Db; now: () => Date }): Promise<number> {
  const { runId, replicationId, nonce } = await askRedis(() => identityOf(from.redis));
  const { rows } = await sql<{ at: number | null }>`
    with seen as (
      update redis_epoch set run_id = ${runId}, replication_id = ${replicationId}, nonce = ${nonce},
        epoch_at = case when run_id is null then epoch_at else ${from.now()}::timestamptz end
      where (run_id, replication_id, nonce) is distinct from (${runId}, ${replicationId}, ${nonce})
      returning epoch_at)
    select extract(epoch from nullif(coalesce((select epoch_at from seen), epoch_at), '-infinity'))::float8 * 1000 as at
    from redis_epoch`.execute(from.db);
  return rows[0]?.at ?? Number.NEGATIVE_INFINITY;
}

async function identityOf(redis: Redis): Promise<{ runId: string; replicationId: string; nonce: string }> {
  const [server, replication] = await Promise.all([redis.info('server'), redis.info('replication')]);
  await redis.set(NONCE_KEY, randomBytes(16).toString('hex'), 'NX');
  const nonce = (await redis.get(NONCE_KEY)) ?? '';
  return { runId: lineOf(server, 'run_id'), replicationId: lineOf(replication, 'master_replid'), nonce };
}

function lineOf(info: string, name: string): string {
  return new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
}
