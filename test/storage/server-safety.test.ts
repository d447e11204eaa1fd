import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { markDemo } from '../../demo/store.ts';
import type { Mode } from '../../src/config.ts';
import { refuseUnsafeServer } from '../../src/storage/server-safety.ts';
import { accountsOn } from '../accounts/builders.ts';
import { type TestStores, testStores } from '../support/stores.ts';

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
