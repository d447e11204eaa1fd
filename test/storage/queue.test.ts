import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { addJob, createQueue, type Queue, type Tasks } from '../../src/storage/queue.ts';
import { freeGivenUp } from '../../src/storage/queue-crew.ts';
import { asSuperuser, type TestStores, testStores } from '../support/stores.ts';

let stores: TestStores;
let database: string;
const running: Queue[] = [];
const warnings: string[] = [];
const log = {
  warn: (details: object, message: string) => warnings.push(JSON.stringify({ ...details, message })),
};

beforeAll(async () => {
  stores = await testStores();
  database = String(stores.connectionOf('preau_app').database);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((queue) => queue.stop()));
  await sql`delete from graphile_worker._private_jobs`.execute(stores.db);
  warnings.length = 0;
});
afterAll(() => stores.close());

function queueOf(tasks: Tasks, now?: () => Date): Queue {
  const queue = createQueue({ pool: stores.pool, tasks, log, ...(now && { now }) });
  running.push(queue);
  return queue;
}

interface Waiting {
  task: string;
  attempts: number;
  last_error: string | null;
  locked_by: string | null;
  wait: number;
}

async function jobs(): Promise<Waiting[]> {
  const { rows } = await sql<Waiting>`
    select t.identifier as task, j.attempts, j.last_error, j.locked_by,
           extract(epoch from j.run_at - now())::float8 as wait
    from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
    order by j.id`.execute(stores.db);
  return rows;
}

async function until(holds: () => boolean | Promise<boolean>, within = 15_000): Promise<void> {
  const deadline = Date.now() + within;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await pause(20);
  }
}

describe('a job', () => {
  it('is there with its act or not at all', async () => {
    const add = stores.db.transaction().execute(async (tx) => {
      await addJob(tx, { task: 'note', payload: { person: 7 } });
      throw new Error('the act failed');
    });
    await expect(add).rejects.toThrow('the act failed');
    expect(await jobs()).toEqual([]);
  });

  it('runs once, with the payload it was given', async () => {
    const seen: unknown[] = [];
    await addJob(stores.db, { task: 'note', payload: { person: 7 } });
    await queueOf({ note: async (payload, helpers) => void seen.push([payload, helpers]) }).drain();
    expect(seen).toEqual([[{ person: 7 }, { attempt: 1, isLast: false }]]);
    expect(await jobs()).toEqual([]);
  });

  it('takes the place of one that waits under the same key', async () => {
    const seen: unknown[] = [];
    for (const number of [1, 2]) await addJob(stores.db, { task: 'note', payload: { number }, key: 'same' });
    await queueOf({ note: async (payload) => void seen.push(payload) }).drain();
    expect(seen).toEqual([{ number: 2 }]);
  });

  it('waits for its time, by our clock', async () => {
    let at = Date.now();
    let runs = 0;
    const queue = queueOf({ note: async () => void runs++ }, () => new Date(at));
    await addJob(stores.db, { task: 'note', payload: {}, runAt: new Date(at + 3_600_000) });
    await queue.drain();
    expect(runs).toBe(0);
    at += 3_601_000;
    await queue.drain();
    expect(runs).toBe(1);
  });

  it('is left alone where nobody here knows its task', async () => {
    await addJob(stores.db, { task: 'of-another-version', payload: {} });
    await queueOf({ note: async () => {} }).drain();
    expect(await jobs()).toMatchObject([{ task: 'of-another-version', attempts: 0 }]);
  });
});

describe('a job that fails', () => {
  it('is tried again after pauses that grow, and knows its last try', async () => {
    const lasts: boolean[] = [];
    const queue = queueOf({
      fail: async (_, { isLast }) => {
        lasts.push(isLast);
        throw new Error('no');
      },
    });
    await addJob(stores.db, { task: 'fail', payload: {}, maxAttempts: 3 });
    const waits: number[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await queue.drain();
      waits.push((await jobs())[0]?.wait ?? 0);
      await sql`update graphile_worker._private_jobs set run_at = now()`.execute(stores.db);
    }
    await queue.drain();
    expect(lasts).toEqual([false, false, true]);
    expect(waits.map(Math.round)).toEqual([3, 7, 20]);
  });

  it('leaves the name of its error, and not its words', async () => {
    const error = Object.assign(new Error('550 no such user lea@example.fr'), { code: 'EENVELOPE' });
    await addJob(stores.db, { task: 'fail', payload: {} });
    await queueOf({ fail: () => Promise.reject(error) }).drain();
    expect((await jobs())[0]?.last_error).toBe('Error EENVELOPE');
    expect(warnings.join()).toContain('EENVELOPE');
    expect(warnings.join()).not.toContain('lea@');
  });
});

describe('a queue', () => {
  it('takes a job at once, and shares with another process', async () => {
    const seen: number[] = [];
    const tasks: Tasks = {
      count: async (payload) => {
        await pause(5);
        seen.push((payload as { number: number }).number);
      },
    };
    await Promise.all([queueOf(tasks).start(), queueOf(tasks).start()]);
    const numbers = Array.from({ length: 40 }, (_, number) => number);
    await stores.db.transaction().execute(async (tx) => {
      for (const number of numbers) await addJob(tx, { task: 'count', payload: { number } });
    });
    await until(async () => (await jobs()).length === 0);
    expect(seen.toSorted((a, b) => a - b)).toEqual(numbers);
  });

  it('lets what runs come to its end when it stops, and takes no more', async () => {
    let [began, ended] = [0, 0];
    const queue = queueOf({
      slow: async () => {
        began += 1;
        await pause(300);
        ended += 1;
      },
    });
    await queue.start();
    for (let job = 0; job < 5; job += 1) await addJob(stores.db, { task: 'slow', payload: {} });
    await until(() => began > 0);
    await queue.stop();
    expect(ended).toBe(began);
    expect((await jobs()).every(({ locked_by }) => locked_by === null)).toBe(true);
    expect((await jobs()).length).toBe(5 - ended);
  });

  it('goes on after PostgreSQL was away, from its start on or in between', async () => {
    let runs = 0;
    const tasks: Tasks = { note: async () => void runs++ };
    await queueOf(tasks).start();
    await addJob(stores.db, { task: 'note', payload: {} });
    await until(() => runs === 1);
    await cutOff();
    await queueOf(tasks).start();
    await pause(1500);
    await asSuperuser(`alter database ${database} allow_connections true`);
    await until(
      async () =>
        await addJob(stores.db, { task: 'note', payload: {} }).then(
          () => true,
          () => false,
        ),
    );
    await until(() => runs >= 2);
    // The one that began without PostgreSQL alone.
    await running.shift()?.stop();
    await addJob(stores.db, { task: 'note', payload: {} });
    await until(() => runs >= 3);
  });

  it('frees what a dead process held, and nothing of one that lives', async () => {
    let began = 0;
    const queue = queueOf({
      slow: async () => {
        began += 1;
        await pause(1000);
      },
    });
    await queue.start();
    await addJob(stores.db, { task: 'slow', payload: {} });
    await until(() => began === 1);
    await until(isNameHeld);
    await addJob(stores.db, { task: 'dead', payload: {} });
    await sql`
      update graphile_worker._private_jobs set locked_at = now() - interval '2 minutes',
        locked_by = coalesce(locked_by, 'pool-of-a-killed-process')`.execute(stores.db);
    await freeGivenUp(stores.pool);
    const held = new Map((await jobs()).map(({ task, locked_by }) => [task, locked_by]));
    expect(held.get('dead')).toBeNull();
    expect(held.get('slow')).toMatch(/^pool-/);
  });
});

async function isNameHeld(): Promise<boolean> {
  const { rows } = await sql`
    select from pg_locks l join pg_database d on d.oid = l.database
    where locktype = 'advisory' and datname = current_database()`.execute(stores.db);
  return rows.length > 0;
}

async function cutOff(): Promise<void> {
  await asSuperuser(`alter database ${database} allow_connections false`);
  await asSuperuser(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`);
}
