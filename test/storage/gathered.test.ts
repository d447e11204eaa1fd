import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { gathered } from '../../src/storage/gathered.ts';
import { type Db, openPostgres, type Tx } from '../../src/storage/postgres.ts';
import { Unavailable } from '../../src/storage/unavailable.ts';
import { type TestStores, testStores } from '../support/stores.ts';

let stores: TestStores;
let impatient: Db;
beforeAll(async () => {
  stores = await testStores();
  impatient = openPostgres({
    connection: stores.connectionOf('preau_app'),
    poolSize: 4,
    waiting: 10,
    connectMilliseconds: 5000,
    statementMilliseconds: 5000,
    lockMilliseconds: 200,
  }).db;
});
afterAll(async () => {
  await impatient.destroy();
  await stores.close();
});

const sizes: number[] = [];
beforeEach(() => {
  sizes.length = 0;
});

/** A hundred divided by each. */
const divide = gathered<number, number>(async (db: Db | Tx, all) => {
  sizes.push(all.length);
  const { rows } = await sql<{ answer: number }>`
    select 100 / divisor as answer from unnest(${all}::int[]) with ordinality as given (divisor, n) order by n`.execute(
    db,
  );
  return rows.map(({ answer }) => answer);
});

describe('statements of several requests', () => {
  it('go out as one where they are asked in one turn, and each has its own answer', async () => {
    const answers = await Promise.all([1, 2, 4, 5].map((divisor) => divide(stores.db, divisor)));
    expect(answers).toEqual([100, 50, 25, 20]);
    expect(sizes).toEqual([4]);
    expect(await divide(stores.db, 10)).toBe(10);
    expect(sizes).toEqual([4, 1]);
  });

  it('fail alone where PostgreSQL has something against one of them', async () => {
    const answers = await Promise.allSettled([1, 0, 4].map((divisor) => divide(stores.db, divisor)));
    expect(answers).toMatchObject([
      { value: 100 },
      { reason: { message: 'division by zero' } },
      { value: 25 },
    ]);
    expect(sizes).toEqual([3, 1, 1, 1]);
  });

  it('fail alone where another holds what one of them waits for', async () => {
    const hold = gathered<number, number>(async (db, all) => {
      sizes.push(all.length);
      const { rows } = await sql<{ key: number }>`
        select key from unnest(${all}::int[]) as given (key), pg_advisory_xact_lock(key)`.execute(db);
      return rows.map(({ key }) => key);
    });
    const answers = await stores.db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(2)`.execute(tx);
      return Promise.allSettled([1, 2, 3].map((key) => hold(impatient, key)));
    });
    expect(answers).toMatchObject([{ value: 1 }, { reason: { name: 'Unavailable' } }, { value: 3 }]);
    expect(sizes).toEqual([3, 1, 1, 1]);
  });

  it("wait once and fail together where they lock no rows: what holds one up is everybody's", async () => {
    const read = gathered<number, number>(
      async (db, all) => {
        sizes.push(all.length);
        await sql`select pg_advisory_xact_lock(3)`.execute(db);
        return all;
      },
      { locks: 'none' },
    );
    const answers = await stores.db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(3)`.execute(tx);
      return Promise.allSettled([1, 2].map((one) => read(impatient, one)));
    });
    expect(answers).toMatchObject([{ reason: { name: 'Unavailable' } }, { reason: { name: 'Unavailable' } }]);
    expect(sizes).toEqual([2]);
  });

  it('fail together where PostgreSQL is away', async () => {
    const ask = gathered<number, number>(async (_, all) => {
      sizes.push(all.length);
      throw new Unavailable('postgresql');
    });
    const answers = await Promise.allSettled([1, 2].map((one) => ask(stores.db, one)));
    expect(answers).toMatchObject([{ reason: { name: 'Unavailable' } }, { reason: { name: 'Unavailable' } }]);
    expect(sizes).toEqual([2]);
  });

  it('are never more than fifty', async () => {
    await Promise.all(Array.from({ length: 120 }, () => divide(stores.db, 1)));
    expect(sizes).toEqual([50, 50, 20]);
  });

  it('stay alone within a transaction, and see what it sees', async () => {
    await stores.db.transaction().execute(async (tx) => {
      await sql`set local statement_timeout = 4321`.execute(tx);
      const ask = gathered<null, string>(async (db, all) => {
        const { rows } = await sql<{ set: string }>`
          select current_setting('statement_timeout') as set from generate_series(1, ${all.length}::int)`.execute(
          db,
        );
        return rows.map(({ set }) => set);
      });
      expect(await Promise.all([ask(tx, null), ask(stores.db, null)])).toEqual([
        '4321ms',
        expect.not.stringMatching('4321ms'),
      ]);
    });
  });
});
