import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { errors } from 'oidc-provider';
import { sendPending, takeBackSent } from '../../../src/storage/oidc/request-notes.ts';
import type { Redis } from '../../../src/storage/redis.ts';
import { Unavailable } from '../../../src/storage/unavailable.ts';
import { PrivateRedis } from './private-redis.ts';
import { openStorage, type Storage } from './support.ts';

const server = new PrivateRedis();
let redis: Redis;
let storage: Storage;

beforeAll(async () => {
  await server.start();
  redis = server.client;
  storage = openStorage(redis, randomBytes(32));
});
afterAll(() => server.stop());

const code = () => storage.adapterFor('AuthorizationCode');
const session = () => storage.adapterFor('Session');

describe('never "not found"', () => {
  it('when Redis is full', async () => {
    await redis.config('SET', 'maxmemory', '1');
    await expect(code().upsert('a', {}, 60)).rejects.toThrow(Unavailable);
    await expect(session().upsert('a', { uid: 'u' }, 60)).rejects.toThrow(Unavailable);
    await expect(storage.isUnique('client', 'jti', Date.now() / 1000 + 60)).rejects.toThrow(Unavailable);
    await redis.config('SET', 'maxmemory', '0');
  });

  it('when Redis became a replica that takes no writes', async () => {
    await code().upsert('b', { accountId: 'lina' }, 60);
    await redis.replicaof('127.0.0.1', '1');
    await redis.config('SET', 'replica-serve-stale-data', 'yes');
    await expect(code().consume('b')).rejects.toThrow(Unavailable);
    await redis.replicaof('NO', 'ONE');
    await expect(code().consume('b')).resolves.toBeUndefined();
  });

  it('when Redis does not answer in time', async () => {
    server.pause();
    await expect(code().find('b')).rejects.toThrow(Unavailable);
    await expect(session().find('b')).rejects.toThrow(Unavailable);
    server.resume();
    await pause(50);
  });

  it('nor used up, when Redis carries out what it was asked and answers too late', async () => {
    await code().upsert('c', { accountId: 'lina' }, 60);
    server.pause();
    await storage.requests.run(async () => {
      Object.assign(storage.requests.current() ?? {}, { gathers: true });
      await code().consume('c');
      await expect(sendPending(storage.requests)).rejects.toThrow(Unavailable);
      await takeBackSent(storage.requests, { isDown: true });
    });
    server.resume();
    expect(await redis.ping()).toBe('PONG');
    await expect(code().consume('c')).resolves.toBeUndefined();
    await expect(code().consume('c')).rejects.toThrow(errors.InvalidGrant);
  });

  it('when Redis is gone', async () => {
    await server.kill();
    await expect(code().find('b')).rejects.toThrow(Unavailable);
    await expect(code().consume('b')).rejects.toThrow(Unavailable);
    await expect(session().findByUid('b')).rejects.toThrow(Unavailable);
    await expect(storage.sessions.settle('b', 'c', { grantId: 'g', sid: 's' })).rejects.toThrow(Unavailable);
  });
});
