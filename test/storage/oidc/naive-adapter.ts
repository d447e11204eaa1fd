import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Redis } from '../../../src/storage/redis.ts';

/** The engine's well-known example Redis adapter, as far as the races need it: the control that must fail. */
export class NaiveAdapter implements Adapter {
  readonly #redis: Redis;
  readonly #name: string;

  constructor(name: string, redis: Redis) {
    this.#name = name;
    this.#redis = redis;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    const key = this.#key(id);
    const value = JSON.stringify(payload);
    const multi = this.#redis.multi();
    if (this.#name === 'Session' || this.#name === 'ReplayDetection') multi.set(key, value);
    else multi.hset(key, { payload: value });
    await multi.expire(key, expiresIn).exec();
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    if (this.#name === 'Session' || this.#name === 'ReplayDetection') {
      const value = await this.#redis.get(this.#key(id));
      return value ? JSON.parse(value) : undefined;
    }
    const { payload, ...rest } = await this.#redis.hgetall(this.#key(id));
    return payload ? { ...JSON.parse(payload), ...rest } : undefined;
  }

  async consume(id: string): Promise<void> {
    await this.#redis.hset(this.#key(id), 'consumed', Math.floor(Date.now() / 1000));
  }

  async destroy(id: string): Promise<void> {
    await this.#redis.del(this.#key(id));
  }

  async revokeByGrantId(): Promise<void> {}

  async findByUid(): Promise<undefined> {}

  async findByUserCode(): Promise<undefined> {}

  #key(id: string): string {
    return `naive:${this.#name}:${id}`;
  }
}
