import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { type Migration, migrate, missingMigrations, readMigrations } from '../../src/storage/migrate.ts';
import { openPool } from '../../src/storage/postgres.ts';
import { asSuperuser, socketOfPostgres } from '../support/stores.ts';

const names: string[] = [];
const pools: pg.Pool[] = [];
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  for (const name of names) await asSuperuser(`drop database ${name} with (force)`);
});

/** Nothing in it: not even our schema. As its owner. */
async function emptyDatabase(): Promise<pg.Pool> {
  const name = `m_${randomBytes(6).toString('hex')}`;
  await asSuperuser(`create database ${name} template template0 owner preau_owner strategy file_copy`);
  names.push(name);
  const pool = ownerOf(name);
  pools.push(pool);
  return pool;
}

function ownerOf(database: string): pg.Pool {
  return openPool({
    connection: { host: socketOfPostgres, user: 'preau_owner', database },
    poolSize: 4,
    waiting: 10,
    connectMilliseconds: 5000,
    statementMilliseconds: 30_000,
    lockMilliseconds: 250,
  });
}

const EVERYTHING = readMigrations();

/** What lay in a table when the next migration came. */
const ROWS: Record<string, string> = {
  '010-directory': `
    insert into persons (subject_id) values ('one'), ('two');
    insert into establishments (uai, name, academie) values ('0750001A', 'Collège', 'Paris');
    insert into classes (uai, school_year, code) values ('0750001A', 2026, '6A');
    insert into memberships (person, uai, school_year, class_id, profile, from_at)
      select 1, '0750001A', 2026, id, 'pupil', now() from classes`,
  '020-orders': `
    insert into orders (measure, kind, scope, reason, ordered_by)
      values ('freeze', 'standing', '{"all":true}', 'an incident', '{}')`,
  '030-accounts': `
    insert into accounts (person, claimed_at, claimed_by) values (1, now(), 'class-window'), (2, null, null);
    insert into account_states (person, state, from_at) values (1, 'active', now()), (2, 'dormant', now());
    insert into passwords (person, hash, epoch, generation, set_at) values (1, 'a hash', 0, 1, now())`,
  '040-sessions': `
    insert into sessions (uid_digest, person, kind, epoch, generation, started_at, absolute_end, idle_seconds)
      values ('\\x01', 1, 'own-device', 0, 1, now(), now(), 60)`,
  '151-integrator-tokens': `
    insert into publishers (id, name) values ('les-rayons', 'Les Rayons');
    insert into initial_access_tokens (digest, publisher, created_at, until_at)
      select decode(to_hex(n), 'hex'), 'les-rayons', now(), now() from generate_series(16, 35) n`,
};

describe('the migrations', () => {
  let pool: pg.Pool;
  beforeAll(async () => {
    pool = await emptyDatabase();
  });

  it('are numbered, and no two bear the same number', () => {
    const numbers = EVERYTHING.map(({ name }) => /^(\d{3})-[a-z-]+$/.exec(name)?.[1]);
    expect(numbers).not.toContain(undefined);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('each apply on the schema of the one before, with rows in it', async () => {
    for (const [index, { name }] of EVERYTHING.entries()) {
      expect(await migrate(pool, EVERYTHING.slice(0, index + 1))).toEqual([name]);
      expect(await missingMigrations(pool)).toEqual(EVERYTHING.slice(index + 1).map((rest) => rest.name));
      await pool.query(ROWS[name] ?? '');
    }
    const { rows } = await pool.query(`
      select (select count(*) from persons) as persons, (select count(*) from orders) as orders,
        (select count(*) from passwords) as passwords, (select count(*) from sessions) as sessions,
        (select version from order_clock) as version`);
    expect(rows).toEqual([{ persons: 2, orders: 1, passwords: 1, sessions: 1, version: 2 }]);
  });

  it('give the tokens that were issued before an id each', async () => {
    const { rows } = await pool.query<{ id: string }>('select id from initial_access_tokens');
    expect(new Set(rows.map(({ id }) => id)).size).toBe(20);
    for (const { id } of rows) expect(id).toMatch(/^[A-Za-z0-9]{12}$/);
  });

  it('apply nothing the second time, and lose nothing', async () => {
    const before = await shapeOf(pool);
    expect(await migrate(pool)).toEqual([]);
    expect(await shapeOf(pool)).toEqual(before);
    expect((await pool.query('select subject_id from persons order by 1')).rows).toHaveLength(2);
  });

  it('one by one lead to the very schema that all at once do', async () => {
    const template = ownerOf('preau');
    try {
      expect(await shapeOf(pool)).toEqual(await shapeOf(template));
    } finally {
      await template.end();
    }
  });

  it('refuse to go on where one was changed after it was applied', async () => {
    const changed = EVERYTHING.map((one, index) => (index === 0 ? { ...one, sql: `${one.sql} ` } : one));
    await expect(migrate(pool, changed)).rejects.toThrow(/010-directory was changed after it was applied/);
  });

  it('that fail leave nothing of themselves, and the next run goes on', async () => {
    const broken: Migration = { name: '999-broken', sql: 'create table half (); create table half ()' };
    await expect(migrate(pool, [...EVERYTHING, broken])).rejects.toThrow('migration 999-broken failed');
    expect((await pool.query(`select to_regclass('preau.half') as half`)).rows).toEqual([{ half: null }]);
    expect(await migrate(pool)).toEqual([]);
  });
});

it('two processes that migrate an empty database at once apply each migration once', async () => {
  const pool = await emptyDatabase();
  const applied = await Promise.all([migrate(pool), migrate(pool)]);
  expect(applied.flat().sort()).toEqual(EVERYTHING.map(({ name }) => name));
  expect(applied.map((those) => those.length).sort()).toEqual([0, EVERYTHING.length]);
});

/** Every column, index, constraint and right of our schema. */
async function shapeOf(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ line: string }>(`
    select concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) as line
      from information_schema.columns where table_schema = 'preau'
    union all select indexdef from pg_indexes where schemaname = 'preau'
    union all select concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
      from pg_constraint where connamespace = 'preau'::regnamespace
    union all select concat_ws(' ', table_name, grantee, privilege_type)
      from information_schema.table_privileges where table_schema = 'preau'
    union all select concat_ws(' ', event_object_table, trigger_name, action_statement)
      from information_schema.triggers where trigger_schema = 'preau'
    order by line`);
  return rows.map(({ line }) => line);
}
