import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import argon2 from 'argon2';
import { forkWorker, HashingWorkers } from '../../src/accounts/hashing-workers.ts';
import { createPasswordHasher, DUMMY_HASH, needsRehash } from '../../src/accounts/password-hashing.ts';
import { Unavailable } from '../../src/storage/unavailable.ts';

const hasher = createPasswordHasher({ workers: 1 });
afterAll(() => hasher.close());

describe('password hashing', () => {
  it('makes an argon2id hash of the agreed cost that verifies, and only for its password', async () => {
    const hash = await hasher.hash('une girafe bleue');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,(p=1,t=2|t=2,p=1)\$/);
    expect(await hasher.verify(hash, 'une girafe bleue')).toBe(true);
    expect(await hasher.verify(hash, 'une girafe Bleue')).toBe(false);
    expect(await argon2.verify(hash, 'une girafe bleue')).toBe(true);
  });

  it('takes both forms of an accent for the same letter', async () => {
    const hash = await hasher.hash('un \u00e9l\u00e9phant gris');
    expect(await hasher.verify(hash, 'un e\u0301le\u0301phant gris')).toBe(true);
  });

  it('does one job for an account without a password, and refuses', async () => {
    const before = hasher.jobs();
    expect(await hasher.verify(undefined, 'anything at all')).toBe(false);
    expect(hasher.jobs()).toBe(before + 1);
    expect(needsRehash(DUMMY_HASH)).toBe(false);
  });

  it('refuses more than 1 MiB before any job', async () => {
    const before = hasher.jobs();
    const big = 'é'.repeat(600_000);
    await expect(hasher.hash(big)).rejects.toThrow(RangeError);
    expect(await hasher.verify(DUMMY_HASH, big)).toBe(false);
    expect(hasher.jobs()).toBe(before);
  });

  it('fails on a hash that is none, and goes on', async () => {
    await expect(hasher.verify('not a hash', 'anything')).rejects.toThrow('password hashing failed');
    expect(await hasher.verify(undefined, 'anything')).toBe(false);
  });

  it('asks for a new hash where another cost or kind was used', async () => {
    const options = { type: argon2.argon2id, memoryCost: 1024, timeCost: 2, parallelism: 1 } as const;
    expect(needsRehash(await argon2.hash('x', options))).toBe(true);
    expect(needsRehash(await argon2.hash('x', { ...options, type: argon2.argon2i, memoryCost: 19456 }))).toBe(
      true,
    );
    expect(needsRehash(await hasher.hash('x'))).toBe(false);
  });

  it('works in processes of its own, without our environment', async () => {
    await hasher.verify(undefined, 'x');
    const [pid] = hasher.processes();
    expect(hasher.processes()).toHaveLength(1);
    expect(pid).not.toBe(process.pid);
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
    const names = environment.map((entry) => entry.split('=')[0]);
    expect(names).toContain('UV_THREADPOOL_SIZE');
    expect(names.filter((name) => !/^(UV_THREADPOOL_SIZE|NODE_CHANNEL_\w+)$/.test(name ?? ''))).toEqual([]);
  });

  it('survives the death of a worker: its job is unavailable, the next is done', async () => {
    await hasher.verify(undefined, 'x');
    const [pid] = hasher.processes();
    if (pid === undefined) throw new Error('no worker');
    const lost = hasher.verify(undefined, 'x');
    const waiting = hasher.verify(undefined, 'x');
    process.kill(pid, 'SIGKILL');
    await expect(lost).rejects.toThrow(Unavailable);
    expect(await waiting).toBe(false);
    expect(hasher.processes()).not.toContain(pid);
  });

  it('is unavailable where the machine has no room for a worker, and does with those that it has room for', async () => {
    let room = 0;
    const fork = () => {
      room -= 1;
      if (room < 0) throw Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM' });
      return forkWorker();
    };
    const workers = new HashingWorkers({ count: 2, maxQueueSeconds: 5, fork });
    const hash = () => workers.run({ kind: 'hash', password: 'quatre tasses de thé' });
    await expect(hash()).rejects.toThrow(Unavailable);
    room = 1;
    expect(await Promise.all([hash(), hash()])).toEqual(Array(2).fill(expect.stringMatching(/^\$argon2id/)));
    expect(workers.processes).toHaveLength(1);
    const lost = hash();
    process.kill(workers.processes[0] ?? 0, 'SIGKILL');
    await expect(Promise.all([lost, hash()])).rejects.toThrow(Unavailable);
    await expect(hash()).rejects.toThrow(Unavailable);
    await workers.close();
  });

  it('goes on under the signals that a stop sends to everybody', async () => {
    await hasher.verify(undefined, 'x');
    const [pid] = hasher.processes();
    if (pid === undefined) throw new Error('no worker');
    const running = hasher.hash('x');
    process.kill(pid, 'SIGINT');
    process.kill(pid, 'SIGTERM');
    expect(await running).toMatch(/^\$argon2id/);
  });
});

describe('the queue of password hashing', () => {
  it('refuses what would wait too long, with the seconds to wait, and does the rest', async () => {
    const busy = createPasswordHasher({ workers: 1, maxQueueSeconds: 0.2 });
    const results = await Promise.allSettled(Array.from({ length: 30 }, () => busy.verify(undefined, 'x')));
    const refused = results.filter((result) => result.status === 'rejected').map((result) => result.reason);
    expect(refused.length).toBeGreaterThan(15);
    expect(refused.length).toBeLessThan(30);
    for (const reason of refused) expect(reason).toBeInstanceOf(Unavailable);
    expect(busy.jobs()).toBe(30 - refused.length);
    expect(await busy.verify(undefined, 'x')).toBe(false);
    await busy.close();
  });

  it('ends every worker when closed, and takes no more work', async () => {
    const closing = createPasswordHasher({ workers: 2 });
    const jobs = [closing.verify(undefined, 'x'), closing.verify(undefined, 'x')];
    const settled = Promise.allSettled(jobs);
    const pids = closing.processes();
    expect(pids).toHaveLength(2);
    await closing.close();
    await settled;
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expect(closing.verify(undefined, 'x')).rejects.toThrow(Unavailable);
  });
});
