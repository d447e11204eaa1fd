import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { markDemo } from '../../demo/store.ts';
import type { Mode } from '../../src/config.ts';
import {
  markProduction,
  refuseForgetfulRedis,
  refuseOfProduction,
  refuseUnsafeServer,
} from '../../src/storage/server-safety.ts';
import { accountsOn } from '../accounts/builders.ts';
import { type TestStores, testStores } from '../support/stores.ts';
import { PrivateRedis } from './oidc/private-redis.ts';

let stores: TestStores;
beforeAll(async () => {
  stores = await testStores();
}, 60_000);
afterAll(() => stores.close());

/** The tests' own server forgets at once, which is a problem of its own. */
async function refusalIn(mode: Mode): Promise<string> {
  return refuseUnsafeServer(stores.pool, mode).then(
    () => '',
    (error: Error) => error.message,
  );
}

describe('the conformance profile, where anybody registers', () => {
  it('takes a database without people, or with made-up ones alone; production takes neither of those', async () => {
    expect(await refusalIn('conformance')).not.toContain('people');
    const accounts = await accountsOn(stores);
    await accounts.dormant();
    expect(await refusalIn('conformance')).toContain('people live in the database');
    expect(await markDemo(stores.db)).toBe(false);
    await stores.pool.query('update instance set demo = true');
    expect(await refusalIn('conformance')).not.toContain('people');
    expect(await refusalIn('production')).toContain('the database holds demo data');
  });
});

describe('a Redis that makes room by itself', () => {
  it('is none for production: what may be seen once could be shown again', async () => {
    const server = new PrivateRedis();
    await server.start();
    await refuseForgetfulRedis(server.client, 'production');
    await server.client.config('SET', 'maxmemory-policy', 'volatile-lru');
    await refuseForgetfulRedis(server.client, 'development');
    await expect(refuseForgetfulRedis(server.client, 'production')).rejects.toThrow(
      'Redis runs with maxmemory-policy volatile-lru; it must be noeviction',
    );
    await server.stop();
  });
});

describe('a database that production opened', () => {
  it('is opened by no weaker profile, which draws its own secrets and takes one operator for several', async () => {
    await refuseOfProduction(stores.pool, 'development');
    await markProduction(stores.pool);
    for (const mode of ['development', 'test', 'demo', 'conformance'] as const)
      await expect(refuseOfProduction(stores.pool, mode)).rejects.toThrow(
        `the database is one of production, and PREAU_PROFILE is ${mode}`,
      );
    await refuseOfProduction(stores.pool, 'production');
  });

  it('is asked before its schema is: also one that is older than the question', async () => {
    const owner = new pg.Pool(stores.connectionOf('postgres'));
    await owner.query('alter table preau.instance drop column production');
    await refuseOfProduction(owner, 'development');
    await owner.query('alter schema preau rename to later');
    await refuseOfProduction(owner, 'development');
    await owner.query('alter schema later rename to preau');
    await owner.end();
  });
});
