import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { type TestStores, testStores } from '../support/stores.ts';

let stores: TestStores;
beforeAll(async () => {
  stores = await testStores();
});
afterAll(() => stores.close());

describe('the database as the app meets it', () => {
  it('acts as preau_app, which owns nothing', async () => {
    const { rows } = await sql<{ me: string; owned: number }>`
      select current_user as me, (select count(*) from pg_tables where tableowner = current_user) as owned`.execute(
      stores.db,
    );
    expect(rows).toEqual([{ me: 'preau_app', owned: 0 }]);
  });

  it.each(['disclosures', 'disclosure_contexts', 'audit_events'])(
    'lets nobody change or remove rows of %s',
    async (table) => {
      await expect(sql`delete from ${sql.table(table)}`.execute(stores.db)).rejects.toThrow(
        /permission denied/,
      );
      await expect(sql`update ${sql.table(table)} set id = id`.execute(stores.db)).rejects.toThrow();
      await expect(sql`truncate ${sql.table(table)}`.execute(stores.db)).rejects.toThrow(/permission denied/);
    },
  );

  it('refuses a password for an account nobody has claimed', async () => {
    const { number } = await stores.db
      .insertInto('persons')
      .values({ subject_id: 'subject' })
      .returning('number')
      .executeTakeFirstOrThrow();
    await stores.db.insertInto('accounts').values({ person: number }).execute();
    const password = { person: number, hash: 'x', epoch: 0, generation: 1, set_at: new Date() };
    await expect(stores.db.insertInto('passwords').values(password).execute()).rejects.toThrow(/foreign key/);
  });
});
