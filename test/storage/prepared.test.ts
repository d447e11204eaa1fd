import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { prepared } from '../../src/storage/prepared.ts';
import { type TestStores, testStores } from '../support/stores.ts';

let stores: TestStores;
beforeAll(async () => {
  stores = await testStores();
});
afterAll(() => stores.close());

describe('a prepared statement', () => {
  it('is written once and takes the values of each call, also one that stands in it twice', async () => {
    let written = 0;
    const ask = prepared<{ one: number; other: string }, { sum: number; said: string }>(({ one, other }) => {
      written += 1;
      return sql`select ${one}::int + ${one}::int as sum, ${other}::text as said`;
    });
    expect(await ask(stores.db, { one: 1, other: 'a' })).toEqual([{ sum: 2, said: 'a' }]);
    expect(await ask(stores.db, { one: 21, other: "b'; --" })).toEqual([{ sum: 42, said: "b'; --" }]);
    expect(await stores.db.transaction().execute((tx) => ask(tx, { one: 0, other: '' }))).toHaveLength(1);
    expect(written).toBe(1);
  });

  it('refuses a value of its own, which every later call would repeat', async () => {
    const mine = 'mine';
    const ask = prepared<object, unknown>(() => sql`select ${mine}::text`);
    await expect(ask(stores.db, {})).rejects.toThrow('named values only');
  });
});
