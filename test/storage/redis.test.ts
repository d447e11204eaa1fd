import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openRedis, type Redis } from '../../src/storage/redis.ts';
import { type TestStores, testStores } from '../support/stores.ts';

let stores: TestStores;
let redis: Redis;
const broken = { towardsRedis: false, fromRedis: false };
const slow = { milliseconds: 0 };
const sockets = new Set<Socket>();

const refused = { next: 0 };

/** Stands between, and can keep what is said to itself. */
const between = createServer((outer) => {
  if (refused.next > 0) {
    refused.next -= 1;
    outer.destroy();
    return;
  }
  const inner = connect(stores.redisSocket);
  outer.on('data', (bytes) => broken.towardsRedis || inner.write(bytes));
  let passed = Promise.resolve();
  inner.on('data', (bytes) => {
    if (broken.fromRedis) return;
    passed = passed.then(() => pause(slow.milliseconds)).then(() => void outer.write(bytes));
  });
  outer.on('close', () => inner.destroy()).on('error', () => {});
  sockets.add(outer);
});

beforeAll(async () => {
  stores = await testStores();
  const at = join(tmpdir(), `preau-between-${randomBytes(4).toString('hex')}.sock`);
  await once(between.listen(at), 'listening');
  redis = await openRedis({ at, commandMilliseconds: 300 });
});
afterAll(async () => {
  redis.disconnect();
  between.close();
  await stores.close();
});

let key: string;
beforeEach(() => {
  Object.assign(slow, { milliseconds: 0 });
  key = `test:${randomBytes(8).toString('hex')}`;
});

async function openLate(): Promise<Redis> {
  Object.assign(refused, { next: 2 });
  return openRedis({ at: String(between.address()), commandMilliseconds: 300 });
}

async function breakOff(): Promise<void> {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  Object.assign(broken, { towardsRedis: false, fromRedis: false });
  Object.assign(slow, { milliseconds: 0 });
  // `once` of Node's would take the broken connection for its own error.
  await new Promise<void>((resolve) => void redis.once('ready', resolve));
}

describe('a client whose first connections were dropped', () => {
  it('is connected when it is handed out, and comes back from a loss as any other', async () => {
    const late = await openLate();
    expect(await late.ping()).toBe('PONG');
    const isBack = new Promise<void>((resolve) => void late.once('ready', resolve));
    await breakOff();
    await isBack;
    expect(await late.ping()).toBe('PONG');
    late.disconnect();
  });
});

describe('a connection', () => {
  it('that says nothing for long is given up, with what waits in it, and another one made', async () => {
    broken.fromRedis = true;
    const isLost = new Promise<void>((resolve) => void redis.once('close', resolve));
    let sent = 0;
    for (let lost = false; !lost; sent += 1) {
      await expect(redis.get(key)).rejects.toThrow(/timed out|MaxRetries/);
      lost = await Promise.race([isLost.then(() => true), pause(1, false)]);
    }
    expect(sent).toBeGreaterThan(3);
    broken.fromRedis = false;
    if (redis.status !== 'ready') await new Promise<void>((resolve) => void redis.once('ready', resolve));
    expect(await redis.ping()).toBe('PONG');
  });

  it('that answers late now and then is kept', async () => {
    const { stream } = redis;
    for (let round = 0; round < 3; round += 1) {
      Object.assign(slow, { milliseconds: 450 });
      await expect(redis.get(key)).rejects.toThrow('timed out');
      Object.assign(slow, { milliseconds: 0 });
      expect(await redis.ping()).toBe('PONG');
      await pause(300);
    }
    expect(redis.stream).toBe(stream);
  });
});

describe('a command', () => {
  it('that was refused for want of an answer is not carried out later', async () => {
    broken.towardsRedis = true;
    await expect(redis.set(key, 'older')).rejects.toThrow('timed out');
    await stores.redis.set(key, 'newer');
    await breakOff();
    expect(await redis.get(key)).toBe('newer');
  });

  it('is refused in its own time, whatever left before it', async () => {
    Object.assign(slow, { milliseconds: 450 });
    const startedAt = performance.now();
    const refusedAfter = async (asked: Promise<unknown>): Promise<number> => {
      await expect(asked).rejects.toThrow('timed out');
      return performance.now() - startedAt;
    };
    const first = [refusedAfter(redis.get(key)), refusedAfter(redis.get(key))];
    await pause(140);
    const second = await refusedAfter(redis.get(key));
    for (const after of await Promise.all(first)) expect(after).toBeLessThan(second - 100);
    expect(second).toBeGreaterThan(430);
    await breakOff();
  });

  it('keeps its place in the turn, among texts, bytes and pipelines', async () => {
    const bytes = Buffer.from([0xff, 0x00, 0x0d, 0x0a]);
    const all = [
      redis.set(key, 'é'),
      redis.append(key, bytes),
      redis.pipeline().append(key, 'ö').append(key, bytes).exec(),
      redis.append(key, 'ü'),
      redis.getBuffer(key),
    ];
    const ofPipeline = [
      [null, 8],
      [null, 12],
    ];
    const whole = Buffer.concat([Buffer.from('é'), bytes, Buffer.from('ö'), bytes, Buffer.from('ü')]);
    expect(await Promise.all(all)).toEqual(['OK', 6, ofPipeline, 14, whole]);
  });

  it('is answered with what was asked, though the one before was answered too late', async () => {
    await stores.redis.set(key, 'mine');
    Object.assign(slow, { milliseconds: 450 });
    await expect(redis.get(`${key}:other`)).rejects.toThrow('timed out');
    Object.assign(slow, { milliseconds: 50 });
    expect(await redis.get(key)).toBe('mine');
  });

  it('whose answer was lost is not sent twice', async () => {
    broken.fromRedis = true;
    const counted = redis.incr(key).catch(String);
    await pause(50);
    await breakOff();
    expect(await counted).toContain('MaxRetriesPerRequestError');
    expect(await redis.get(key)).toBe('1');
  });

  it('is answered where the connection ends before it left', async () => {
    const all = Promise.allSettled(Array.from({ length: 20 }, () => redis.incr(key)));
    await breakOff();
    expect(new Set((await all).map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(await redis.incr(key)).toBe(1);
  });
});
