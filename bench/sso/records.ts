import type { Redis } from 'ioredis';
import type { Adapter, AdapterPayload } from 'oidc-provider';

/** The well-known example adapter of the engine: JSON whole, find then save, an index of grants. The control. */
export function naiveAdapter(redis: Redis): (model: string) => Adapter {
  const once = new Set(['AuthorizationCode', 'RefreshToken', 'PushedAuthorizationRequest']);
  const grantable = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken']);
  const grantKey = (id: string) => `grant:${id}`;
  return (model) => {
    const keyOf = (id: string) => `${model}:${id}`;
    const find = async (id: string): Promise<AdapterPayload | undefined> => {
      if (once.has(model)) {
        const data = await redis.hgetall(keyOf(id));
        if (!data.payload) return undefined;
        const { payload, ...rest } = data;
        return { ...rest, ...JSON.parse(payload) };
      }
      const data = await redis.get(keyOf(id));
      return data ? JSON.parse(data) : undefined;
    };
    return {
      find,
      async upsert(id, payload, expiresIn = 0) {
        const key = keyOf(id);
        const multi = redis.multi();
        if (once.has(model)) multi.hmset(key, { payload: JSON.stringify(payload) });
        else multi.set(key, JSON.stringify(payload));
        if (expiresIn) multi.expire(key, expiresIn);
        if (grantable.has(model) && payload.grantId) {
          const list = grantKey(payload.grantId);
          multi.rpush(list, key);
          const left = await redis.ttl(list);
          if (expiresIn > left) multi.expire(list, expiresIn);
        }
        if (payload.uid) {
          multi.set(`uid:${payload.uid}`, id);
          multi.expire(`uid:${payload.uid}`, expiresIn);
        }
        await multi.exec();
      },
      async findByUid(uid) {
        const id = await redis.get(`uid:${uid}`);
        return id ? find(id) : undefined;
      },
      async findByUserCode() {
        return undefined;
      },
      async consume(id) {
        await redis.hset(keyOf(id), 'consumed', Math.floor(Date.now() / 1000));
      },
      async destroy(id) {
        await redis.del(keyOf(id));
      },
      async revokeByGrantId(grantId) {
        const multi = redis.multi();
        for (const token of await redis.lrange(grantKey(grantId), 0, -1)) multi.del(token);
        multi.del(grantKey(grantId));
        await multi.exec();
      },
    };
  };
}
