import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Context, Input, Result } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/messages.ts';
import { addJob, createQueue } from '../../src/storage/queue.ts';
import { type TestStores, testStores } from '../support/stores.ts';

const BY = { kind: 'operator', name: 'test', osUser: 'root', host: 'here' } as const;

let stores: TestStores;
beforeAll(async () => {
  stores = await testStores();
});
afterEach(() => stores.pool.query('delete from graphile_worker._private_jobs'));
afterAll(() => stores.close());

function run(verb: string, task?: string): Promise<Result> {
  const command = commands.find(({ name }) => name === `messages ${verb}`);
  const context = { parts: async () => stores, by: BY, reason: 'the server is back', now: () => new Date() };
  const input = { operands: [], text: () => task } as unknown as Input;
  if (!command) throw new Error(verb);
  return command.run(context as unknown as Context, input);
}

/** One of each kind that has failed for good, and one that waits. */
async function withFailures(): Promise<void> {
  for (const task of ['mail', 'sms']) await addJob(stores.db, { task, payload: {}, maxAttempts: 1 });
  await addJob(stores.db, { task: 'later', payload: {}, runAt: new Date(Date.now() + 60_000) });
  const refuse = () =>
    Promise.reject(Object.assign(new Error('550 lea@famille.example'), { code: 'EENVELOPE' }));
  await createQueue({ pool: stores.pool, tasks: { mail: refuse, sms: refuse }, log: { warn() {} } }).drain();
}

describe('what failed for good', () => {
  it('is listed by kind, with the name of its error and no address', async () => {
    await withFailures();
    const { json } = (await run('list')) as { json: unknown };
    const none = { due: 0, later: 0, retrying: 0, running: 0, failed: 0, oldest_seconds: 0, errors: [] };
    expect(json).toEqual([
      { task: 'later', ...none, later: 1 },
      { task: 'mail', ...none, failed: 1, errors: ['Error EENVELOPE'] },
      { task: 'sms', ...none, failed: 1, errors: ['Error EENVELOPE'] },
    ]);
  });

  it('is begun anew, all of it or one kind, and the audit says by whom', async () => {
    await withFailures();
    expect(await run('retry', 'mail')).toMatchObject({ json: { outcome: 'retried', jobs: 1 } });
    expect(await run('retry')).toMatchObject({ json: { outcome: 'retried', jobs: 1 } });
    expect(await run('retry')).toMatchObject({ outcome: 'refused', json: { outcome: 'nothing-failed' } });
    const ran: string[] = [];
    const note = (name: string) => async () => void ran.push(name);
    const tasks = { mail: note('mail'), sms: note('sms') };
    await createQueue({ pool: stores.pool, tasks, log: { warn() {} } }).drain();
    expect(ran.sort()).toEqual(['mail', 'sms']);
    const audit = await stores.db
      .selectFrom('audit_events')
      .select(['actor', 'details', 'reason'])
      .where('name', '=', 'queue.failed-retried')
      .orderBy('id')
      .execute();
    expect(audit).toMatchObject([
      { actor: BY, details: { jobs: 1, task: 'mail' }, reason: 'the server is back' },
      { actor: BY, details: { jobs: 1, task: null } },
    ]);
  });

  it('is dropped where nobody needs it any more; what waits stays', async () => {
    await withFailures();
    expect(await run('forget')).toMatchObject({ json: { outcome: 'forgotten', jobs: 2 } });
    const { rows } = await stores.pool.query(
      'select count(*)::int as jobs from graphile_worker._private_jobs',
    );
    expect(rows).toEqual([{ jobs: 1 }]);
  });
});
