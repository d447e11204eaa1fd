import type { AdapterPayload } from 'oidc-provider';
import { Memory } from '../../crypto/memory.ts';
import { randomToken } from '../../crypto/tokens.ts';
import { askRedis, type Redis } from '../redis.ts';
import type { Stamp } from './record-guard.ts';
import { runScript, type Script, script } from './script.ts';
import type { Sealing } from './sealing.ts';

export interface SealedRecord {
  readonly payload: AdapterPayload;
  readonly stamp: Stamp;
}

export interface FoundRecord extends SealedRecord {
  /** Seconds since 1970. */
  readonly consumed: number | undefined;
}

export interface RecordDependencies {
  readonly redis: Redis;
  readonly sealing: Sealing;
  readonly now: () => Date;
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

const UNUSE = script(`
if redis.call('HGET', KEYS[1], 'consumed') == ARGV[1] then redis.call('HDEL', KEYS[1], 'consumed') end`);

const BURY = script(`
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'revoked', '1')
redis.call('EXPIRE', KEYS[1], ARGV[1])`);

/** A record of any model but the session: one hash of `sealed`, `consumed`, and of a grant `revoked`. */
export class Records {
  readonly #redis: Redis;
  readonly #sealing: Sealing;
  readonly #now: () => Date;
  readonly #asked = new Map<string, Promise<boolean>>();
  readonly #codes = new Memory<SealedRecord>();
  readonly #name = randomToken(9);
  #uses = 0;

  constructor({ redis, sealing, now }: RecordDependencies) {
    this.#redis = redis;
    this.#sealing = sealing;
    this.#now = now;
  }

  keyOf(model: string, id: string): string {
    return `oidc:${model}:${this.#sealing.nameOf(model, id)}`;
  }

  async save(model: string, id: string, record: SealedRecord, seconds: number): Promise<'saved' | 'revoked'> {
    const sealed = this.#sealing.seal(model, id, record);
    if (model === 'AuthorizationCode') this.#codes.keep(id, record, sealed.length);
    return (await this.#run(SAVE, this.keyOf(model, id), [sealed, atLeastOne(seconds)])) as
      | 'saved'
      | 'revoked';
  }

  async find(model: string, id: string): Promise<FoundRecord | undefined> {
    const key = this.keyOf(model, id);
    const [sealed, consumed] = await askRedis(() => this.#redis.hmget(key, 'sealed', 'consumed'));
    if (!sealed) return undefined;
    const record = this.#sealing.open(model, id, sealed) as SealedRecord;
    return { ...record, consumed: consumed ? Number.parseInt(consumed, 10) : undefined };
  }

  /** As this process saved it just now, for the first who asks: its use tells whether it still lies there. */
  takeCode(id: string): FoundRecord | undefined {
    const record = this.#codes.take(id);
    return record && { ...record, consumed: undefined };
  }

  /** When, in seconds since 1970, and whose: no other use is named so. */
  newUse(): string {
    this.#uses += 1;
    return `${Math.floor(this.#now().getTime() / 1000)} ${this.#name} ${this.#uses}`;
  }

  /** `won` once, whoever asks and however many at once. */
  async consume(model: string, id: string, use: string): Promise<'won' | 'lost' | 'gone'> {
    return (await this.#run(CONSUME, this.keyOf(model, id), [use])) as 'won' | 'lost' | 'gone';
  }

  /** Seconds since 1970: within the last one or two of them. */
  isOfNow(consumed: number): boolean {
    return this.#now().getTime() / 1000 - consumed < 2;
  }

  /** That use, where it won; also where nobody heard that it did, nor hears of this: whole, as nothing can follow it. */
  async unuse(model: string, id: string, use: string): Promise<void> {
    await askRedis(() => this.#redis.eval(UNUSE.text, 1, this.keyOf(model, id), use));
  }

  /** False where it was gone already. */
  async remove(key: string): Promise<boolean> {
    return (await askRedis(() => this.#redis.unlink(key))) === 1;
  }

  /** Leaves a tombstone in the record's place; it can never be saved again. */
  async bury(model: string, id: string, seconds: number): Promise<void> {
    await this.#run(BURY, this.keyOf(model, id), [atLeastOne(seconds)]);
  }

  /** Of a grant. Asked once for all that is saved in one flight, and behind it. */
  isBuried(grantId: string): Promise<boolean> {
    const asked = this.#asked.get(grantId) ?? this.#askBehind(grantId);
    this.#asked.set(grantId, asked);
    return asked;
  }

  async #askBehind(grantId: string): Promise<boolean> {
    await undefined;
    this.#asked.delete(grantId);
    const key = this.keyOf('Grant', grantId);
    return (await askRedis(() => this.#redis.hexists(key, 'revoked'))) === 1;
  }

  #run(text: Script, key: string, args: readonly (string | number)[]): Promise<unknown> {
    return runScript(this.#redis, text, key, args);
  }
}

/** Redis takes an expiry of zero for a removal. */
export function atLeastOne(seconds: number): number {
  return Math.max(1, Math.ceil(seconds));
}
