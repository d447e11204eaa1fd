import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openRedis, type Redis } from '../../../src/storage/redis.ts';
import { Unavailable } from '../../../src/storage/unavailable.ts';
import { openStorage, type Storage } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'preau-redis-'));
const socket = join(folder, 'redis.sock');
let server: ChildProcess;
let redis: Redis;
let storage: Storage;

beforeAll(async () => {
  server = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', ''], {
    stdio: 'ignore',
  });
  while (!existsSync(socket)) await pause(20);
  redis = await openRedis({ at: socket, commandMilliseconds: 300 });
  storage = openStorage(redis, randomBytes(32));
});
afterAll(async () => {
  // ioredis goes on when told to stop in the middle of an attempt: told again between two attempts, it stops.
  for (let told = 0; told < 20; told++, await pause(10)) redis.disconnect();
  if (server.exitCode === null && server.signalCode === null) {
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
});

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
    server.kill('SIGSTOP');
    await expect(code().find('b')).rejects.toThrow(Unavailable);
    await expect(session().find('b')).rejects.toThrow(Unavailable);
    server.kill('SIGCONT');
    await pause(50);
  });

  it('when Redis is gone', async () => {
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
    await expect(code().find('b')).rejects.toThrow(Unavailable);
    await expect(code().consume('b')).rejects.toThrow(Unavailable);
    await expect(session().findByUid('b')).rejects.toThrow(Unavailable);
    await expect(storage.sessions.settle('b', 'c', { grantId: 'g', sid: 's' })).rejects.toThrow(Unavailable);
  });
});
