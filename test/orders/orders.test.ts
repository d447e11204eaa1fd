import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { createOrders, type Orders } from '../../src/orders/orders.ts';
import { assertOrdersUnmoved } from '../../src/orders/unmoved.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { Unavailable } from '../../src/storage/unavailable.ts';
import { asSuperuser, type TestStores, testStores } from '../support/stores.ts';

let stores: TestStores;
beforeAll(async () => {
  stores = await testStores();
});
const opened: Orders[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((orders) => orders.stop()));
});
afterAll(() => stores.close());

const SETTINGS = { pollMilliseconds: 250, silenceMilliseconds: 1000 };
const log = { warn: () => {} };

function watch(given: Partial<Parameters<typeof createOrders>[0]> = {}): Orders {
  const orders = createOrders({
    pool: stores.pool,
    settings: SETTINGS,
    now: () => new Date(),
    log,
    ...given,
  });
  opened.push(orders);
  return orders;
}

async function aFreeze(
  { db }: Pick<TestStores, 'db'> = stores,
  { ends_at }: { ends_at: Date | null } = { ends_at: null },
): Promise<void> {
  const order = { scope: '{"all":true}', reason: 'test', ordered_by: '{}', ends_at } as const;
  const rest = { ended_at: null, end_reason: null, generation: null } as const;
  await db
    .insertInto('orders')
    .values({ measure: 'freeze', kind: 'standing', ...order, ...rest })
    .execute();
}

async function eventually(isSo: () => Promise<boolean>): Promise<number> {
  const since = performance.now();
  while (!(await isSo()) && performance.now() - since < 5000) await pause(5);
  return performance.now() - since;
}

describe('an order', () => {
  it('is in force at once where the notification is heard', async () => {
    const settings = { pollMilliseconds: 60_000, silenceMilliseconds: 120_000 };
    const orders = watch({ settings });
    await orders.start();
    const before = (await orders.inForce()).live.length;
    await aFreeze();
    expect(await eventually(async () => (await orders.inForce()).live.length > before)).toBeLessThan(1000);
  });

  it('is in force on two processes within a second, every notification lost', async () => {
    const own = await testStores();
    const other = openPostgres({
      ...{ connection: own.connectionOf('preau_app'), poolSize: 2, waiting: 5 },
      ...{ connectMilliseconds: 1000, statementMilliseconds: 2000, lockMilliseconds: 1000 },
    });
    const processes = [watch({ pool: own.pool }), watch({ pool: other.pool })];
    await Promise.all(processes.map((orders) => orders.start()));
    await loseNotifications(own);
    await aFreeze(own);
    const took = await Promise.all(
      processes.map((orders) => eventually(async () => (await orders.inForce()).live.length > 0)),
    );
    expect(Math.max(...took)).toBeLessThan(1000);
    await Promise.all(processes.map((orders) => orders.stop()));
    await other.db.destroy();
    await own.close();
  });

  it('moves the version that its transaction was judged under', async () => {
    const orders = watch();
    const { version } = await orders.inForce();
    const unmoved = () => stores.db.transaction().execute((tx) => assertOrdersUnmoved(tx, version));
    expect(await unmoved()).toEqual({ outcome: 'unmoved' });
    await aFreeze();
    expect(await unmoved()).toEqual({ outcome: 'orders-moved', version: version + 1 });
    expect((await orders.upTo(version + 1)).version).toBe(version + 1);
  });

  it('waits for those who were let in before it, and they for it', async () => {
    const { version } = await watch().inForce();
    const steps: string[] = [];
    let applied: Promise<void> | undefined;
    await stores.db.transaction().execute(async (tx) => {
      expect(await assertOrdersUnmoved(tx, version)).toEqual({ outcome: 'unmoved' });
      applied = aFreeze().then(() => void steps.push('applied'));
      await pause(150);
      steps.push('let in');
    });
    await applied;
    expect(steps).toEqual(['let in', 'applied']);
  });
});

describe('the watch', () => {
  it('tells its listeners when orders or clients moved', async () => {
    const orders = watch();
    await orders.start();
    const heard: number[] = [];
    orders.onChange(({ clientsVersion }) => heard.push(clientsVersion));
    const { clientsVersion } = await orders.inForce();
    await stores.db.insertInto('publishers').values({ id: 'edt', name: 'EDT' }).execute();
    await stores.db
      .insertInto('clients')
      .values({
        client_id: 'timetable',
        publisher: 'edt',
        metadata: '{}',
        suspended_at: null,
        deleted_at: null,
      })
      .execute();
    await eventually(async () => heard.length > 0);
    expect(heard).toEqual([clientsVersion + 1]);
  });

  it('asks once more before it gives up: a stalled process is no silent database', async () => {
    const orders = watch();
    await orders.start();
    const until = performance.now() + 1300;
    while (performance.now() < until);
    await expect(orders.inForce()).resolves.toMatchObject({ version: expect.any(Number) });
  });

  it('knows an order to its end, though its clock was days ahead when it heard of it', async () => {
    const own = await testStores();
    let ahead = 3 * 86_400_000;
    const orders = watch({ pool: own.pool, now: () => new Date(Date.now() + ahead) });
    await aFreeze(own, { ends_at: new Date(Date.now() + 1_800_000) });
    expect((await orders.inForce()).live).toEqual([]);
    ahead = 0;
    expect((await orders.inForce()).live).toMatchObject([{ measure: 'freeze' }]);
    await orders.stop();
    await own.close();
  });

  it('reconnects by itself when its connection is cut', async () => {
    const orders = watch();
    await orders.start();
    const before = (await orders.inForce()).version;
    // Of this file's database alone: others run beside it on the same server.
    const { database } = stores.connectionOf('preau_app');
    await asSuperuser(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}' and query like '%clients_version%'`,
    );
    await aFreeze();
    // Whoever asks next is not the one who finds out that the connection is gone.
    await expect(orders.upTo(before + 1)).resolves.toMatchObject({ version: before + 1 });
  });

  it('asks a new connection for all there is: another server may have come to the same version otherwise', async () => {
    const own = await testStores();
    const { database = '' } = own.connectionOf('preau_app');
    const orders = watch({ pool: own.pool });
    await aFreeze(own);
    await orders.start();
    const { version, live } = await orders.inForce();
    expect(live).toMatchObject([{ scope: { all: true } }]);
    // As after a failover to one that had not heard of the last order, and was told of the next.
    await asSuperuser(
      `set session_replication_role = replica; update preau.orders set scope = '{"person":[7]}'`,
      database,
    );
    await asSuperuser(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}' and query ~ 'clientsVersion'`,
    );
    const inForce = () => orders.inForce().catch(() => undefined);
    const isOther = async () => JSON.stringify((await inForce())?.live[0]?.scope) === '{"person":[7]}';
    expect(await eventually(isOther)).toBeLessThan(2000);
    expect((await orders.inForce()).version).toBe(version);
    await orders.stop();
    await own.close();
  });

  it('is Unavailable after a second of silence, and answers again afterwards', async () => {
    const own = await testStores();
    const { database = '' } = own.connectionOf('preau_app');
    const orders = watch({ pool: own.pool });
    await orders.start();
    await asSuperuser(`alter database ${database} allow_connections false`);
    await asSuperuser(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`);
    await pause(1100);
    await expect(orders.inForce()).rejects.toBeInstanceOf(Unavailable);
    await expect(orders.upTo(1)).rejects.toBeInstanceOf(Unavailable);
    await asSuperuser(`alter database ${database} allow_connections true`);
    await expect(orders.inForce()).resolves.toMatchObject({ version: 1 });
    await orders.stop();
    await own.close();
  });

  it('gives no answer rather than one without an order it does not understand', async () => {
    const own = await testStores();
    const orders = watch({ pool: own.pool });
    await sql`insert into orders (measure, kind, scope, reason, ordered_by)
      values ('freeze', 'standing', '{"planet":"mars"}', 'test', '{}')`.execute(own.db);
    await expect(orders.inForce()).rejects.toBeInstanceOf(Unavailable);
    await orders.stop();
    await own.close();
  });
});

/** They are sent by the trigger: without it only the poll is left. */
async function loseNotifications({ connectionOf }: TestStores): Promise<void> {
  const silent = 'begin update preau.order_clock set version = version + 1; return null; end';
  await asSuperuser(
    `create or replace function preau.order_changed() returns trigger language plpgsql as $$ ${silent} $$`,
    String(connectionOf('preau_app').database),
  );
}

describe('a watch that is stopped', () => {
  it('holds no connection, even where a notification comes at that very moment', async () => {
    for (let round = 0; round < 25; round += 1) {
      const orders = watch();
      await orders.start();
      const applied = aFreeze();
      await pause(Math.random() * 4);
      await orders.stop();
      await applied;
    }
    await pause(200);
    const { database = '' } = stores.connectionOf('preau_app');
    const open = await asSuperuser(
      `select query from pg_stat_activity where datname = '${database}' and query ~ 'clientsVersion|^listen'`,
    );
    expect(open.rows).toEqual([]);
  });
});
