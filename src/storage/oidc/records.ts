import type { AdapterPayload } from 'oidc-provider';
import { askRedis, type Redis } from '../redis.ts';
import type { Stamp } from './record-guard.ts';
import { runScript, script } from './script.ts';
import type { Sealing } from './sealing.ts';

/** A record of any model but the session: one hash of `sealed`, `consumed`, and of a grant `revoked`. */
export interface Records {
  keyOf(model: string, id: string): string;
  save(model: string, id: string, record: SealedRecord, seconds: number): Promise<'saved' | 'revoked'>;
  find(model: string, id: string): Promise<FoundRecord | undefined>;
  /** `won` once, whoever asks and however many at once. */
  consume(model: string, id: string): Promise<'won' | 'lost' | 'gone'>;
  /** False where it was gone already. */
  remove(key: string): Promise<boolean>;
  /** Leaves a tombstone in the record's place; it can never be saved again. */
  bury(model: string, id: string, seconds: number): Promise<void>;
  isBuried(model: string, id: string): Promise<boolean>;
}

export interface SealedRecord {
  readonly payload: AdapterPayload;
  readonly stamp: Stamp;
}

export interface FoundRecord extends SealedRecord {
  /** Seconds since 1970. */
  readonly consumed: number | undefined;
}

const SAVE = script(`
if redis.call('HEXISTS', KEYS[1], 'revoked') == 1 then return 'revoked' end
redis.call('HSET', KEYS[1], 'sealed', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 'saved'`);

const CONSUME = script(`
if redis.call('HEXISTS', KEYS[1], 'sealed') == 0 then return 'gone' end
if redis.call('HSETNX', KEYS[1], 'consumed', ARGV[1]) == 1 then return 'won' end
return 'lost'`);

const BURY = script(`
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'revoked', '1')
redis.call('EXPIRE', KEYS[1], ARGV[1])`);

export function createRecords({ redis, sealing, now }: RecordDependencies): Records {
  const keyOf = (model: string, id: string) => `oidc:${model}:${sealing.nameOf(model, id)}`;
  const run = (text: typeof SAVE, key: string, args: readonly (string | number)[]) =>
    askRedis(() => runScript(redis, text, key, args));
  return {
    keyOf,
    async save(model, id, record, seconds) {
      const sealed = sealing.seal(model, id, record);
      return (await run(SAVE, keyOf(model, id), [sealed, atLeastOne(seconds)])) as 'saved' | 'revoked';
    },
    async find(model, id) {
      const [sealed, consumed] = await askRedis(() => redis.hmget(keyOf(model, id), 'sealed', 'consumed'));
      if (!sealed) return undefined;
      const record = sealing.open(model, id, sealed) as SealedRecord;
      return { ...record, consumed: consumed ? Number(consumed) : undefined };
    },
    async consume(model, id) {
      const at = Math.floor(now().getTime() / 1000);
      return (await run(CONSUME, keyOf(model, id), [at])) as 'won' | 'lost' | 'gone';
    },
    remove: async (key) => (await askRedis(() => redis.unlink(key))) === 1,
    async bury(model, id, seconds) {
      await run(BURY, keyOf(model, id), [atLeastOne(seconds)]);
    },
    isBuried: async (model, id) => (await askRedis(() => redis.hexists(keyOf(model, id), 'revoked'))) === 1,
  };
}

export interface RecordDependencies {
  readonly redis: Redis;
  readonly sealing: Sealing;
  readonly now: () => Date;
}

/** Redis takes an expiry of zero for a removal. */
export function atLeastOne(seconds: number): number {
  return Math.max(1, Math.ceil(seconds));
}
