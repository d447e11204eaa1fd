import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { countScope } from '../../src/crisis/count-scope.ts';
import { readScope } from '../../src/crisis/scope-options.ts';
import { aPerson, join } from '../sessions/people.ts';
import { type TestStores, testStores } from '../support/stores.ts';

let stores: TestStores;
beforeAll(async () => {
  stores = await testStores();
});
afterAll(() => stores.close());

describe('--scope', () => {
  it('widens by the same key, narrows by another, and knows persons by id or number', async () => {
    const lina = await aPerson(stores.db);
    const read = (...options: string[]) => readScope(stores.db, options);
    expect(await read('all')).toEqual({ outcome: 'scope', scope: { all: true } });
    expect(await read('profile=pupil', 'establishment=0750001A', 'establishment=0690002B')).toEqual({
      outcome: 'scope',
      scope: { profile: ['pupil'], establishment: ['0750001A', '0690002B'] },
    });
    expect(await read(`person=${lina.id}`, `person=${lina.number}`)).toEqual({
      outcome: 'scope',
      scope: { person: [lina.number] },
    });
  });

  it('finds persons without looking through all there are', async () => {
    const lina = await aPerson(stores.db);
    await stores.db.transaction().execute(async (tx) => {
      await sql`set local enable_seqscan = off`.execute(tx);
      const read = await readScope(tx, [`person=${lina.id.toUpperCase()}`, `person=${lina.number}`]);
      expect(read).toEqual({ outcome: 'scope', scope: { person: [lina.number] } });
      const { rows } = await sql`
        select seq_scan from pg_stat_xact_user_tables where relname = 'persons'`.execute(tx);
      expect(rows).toEqual([{ seq_scan: 0 }]);
    });
  });

  it.each([
    [[]],
    [['all', 'profile=pupil']],
    [['profile']],
    [['profile=']],
    [['profile=admin']],
    [['class=6A']],
    [['establishment=075']],
    [['__proto__=x']],
    [['person=999999']],
    [['person=00000000-0000-0000-0000-000000000000']],
  ])('refuses %j and says why', async (options) => {
    const read = await readScope(stores.db, options);
    expect(read).toMatchObject({ outcome: 'refused', message: expect.stringMatching(/\w/) });
  });
});

describe('the count of a scope', () => {
  it('is of persons, by the same rules as the evaluator', async () => {
    const uai = '0750009Z';
    const both = await aPerson(stores.db, { uai, class: '6A', profile: 'pupil' });
    await join(stores.db, { person: both.number, profile: 'guardian', uai: '0690008Y' });
    await aPerson(stores.db, { uai, class: '6B', state: 'dormant' });
    await aPerson(stores.db, { uai, profile: 'teacher' });
    const count = async (scope: Parameters<typeof countScope>[1]) =>
      (await countScope(stores.db, scope))?.persons;
    expect(await countScope(stores.db, { establishment: [uai] })).toEqual({
      persons: 3,
      byState: { active: 2, dormant: 1, closed: 0 },
      decoys: 0,
    });
    expect(await count({ establishment: [uai], profile: ['pupil'] })).toBe(2);
    expect(await count({ establishment: [uai], class: ['6A', '6B'], state: ['dormant'] })).toBe(1);
    expect(await count({ establishment: [uai], profile: ['guardian'] })).toBe(0);
    expect(await count({ academie: ['Lyon'], profile: ['guardian'] })).toBe(1);
    expect(await count({ person: [both.number] })).toBe(1);
    expect(await count({ all: true })).toBeGreaterThanOrEqual(3);
  });

  it('is given up after a second: no order waits for it', async () => {
    await stores.db.transaction().execute(async (tx) => {
      await sql`lock table account_states in access exclusive mode`.execute(tx);
      const since = performance.now();
      expect(await countScope(stores.db, { all: true })).toBeUndefined();
      expect(performance.now() - since).toBeLessThan(2000);
    });
  });
});
