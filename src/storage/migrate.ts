import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runMigrations } from 'graphile-worker';
import type pg from 'pg';

export interface Migration {
  name: string;
  sql: string;
}

export function readMigrations(): Migration[] {
  const folder = join(import.meta.dirname, 'migrations');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({ name: file.slice(0, -'.sql'.length), sql: readFileSync(join(folder, file), 'utf8') }));
}

/** Applies what is missing, one transaction each, under an advisory lock. Returns the names applied. */
export async function migrate(ownerPool: pg.Pool, known = readMigrations()): Promise<string[]> {
  const client = await ownerPool.connect();
  try {
    // Another process may take its time; the pool's time-out is for locks that people wait behind.
    await client.query('set lock_timeout = 0');
    await client.query(`select pg_advisory_lock(hashtext('preau.migrate'))`);
    await client.query('reset lock_timeout');
    await ensureRoles(client);
    const applied = await applyMissing(client, known);
    await prepareQueue(ownerPool, client);
    return applied;
  } finally {
    await client.query('reset lock_timeout; select pg_advisory_unlock_all()').catch(() => {});
    client.release();
  }
}

/** Names of migrations this version knows and the database lacks. */
export async function missingMigrations(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ known: string | null }>(
    `select to_regclass('preau.migrations') as known`,
  );
  if (!rows[0]?.known) return readMigrations().map(({ name }) => name);
  const done = await pool.query<{ name: string }>('select name from preau.migrations');
  const names = new Set(done.rows.map(({ name }) => name));
  return readMigrations()
    .map(({ name }) => name)
    .filter((name) => !names.has(name));
}

async function ensureRoles(client: pg.PoolClient): Promise<void> {
  for (const role of ['preau_owner', 'preau_app', 'preau_keeper']) {
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
    if (!rowCount) await client.query(`create role ${role} nologin`).catch(ignoreDuplicate);
  }
  const { rows } = await client.query<{ super: boolean; owner: boolean; login: string }>(
    `select r.rolsuper as super, pg_has_role(session_user, 'preau_owner', 'member') as owner, session_user as login
       from pg_roles r where r.rolname = session_user`,
  );
  const login = rows[0];
  if (!login?.owner && !login?.super) {
    await client.query(
      `grant preau_owner, preau_app, preau_keeper to ${client.escapeIdentifier(login?.login ?? '')}`,
    );
  }
  await client.query('create schema if not exists preau authorization preau_owner');
  await client.query('grant usage on schema preau to preau_app, preau_keeper');
}

function ignoreDuplicate(error: unknown): void {
  if (!/^(42710|23505)$/.test(String((error as { code?: string }).code))) throw error;
}

async function applyMissing(client: pg.PoolClient, known: readonly Migration[]): Promise<string[]> {
  await client.query('set role preau_owner; set search_path = preau');
  try {
    await client.query(`create table if not exists preau.migrations
      (name text primary key, digest text not null, applied_at timestamptz not null default now())`);
    await client.query('grant select on preau.migrations to preau_app');
    const applied: string[] = [];
    for (const migration of known) {
      if (await applyOne(client, migration)) applied.push(migration.name);
    }
    return applied;
  } finally {
    await client.query('reset role; reset search_path').catch(() => {});
  }
}

async function applyOne(client: pg.PoolClient, { name, sql }: Migration): Promise<boolean> {
  const digest = createHash('sha256').update(sql).digest('hex');
  const { rows } = await client.query<{ digest: string }>(
    'select digest from preau.migrations where name = $1',
    [name],
  );
  if (rows[0] && rows[0].digest !== digest)
    throw new Error(`migration ${name} was changed after it was applied`);
  if (rows[0]) return false;
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query('insert into preau.migrations (name, digest) values ($1, $2)', [name, digest]);
    await client.query('commit');
    return true;
  } catch (error) {
    await client.query('rollback');
    throw new Error(`migration ${name} failed`, { cause: error });
  }
}

/** The queue of work to come lives beside us, in the schema of graphile-worker. */
async function prepareQueue(ownerPool: pg.Pool, client: pg.PoolClient): Promise<void> {
  await runMigrations({
    pgPool: ownerPool,
    preset: { worker: { schema: 'graphile_worker' } },
    noHandleSignals: true,
  });
  await client.query(`
    grant usage on schema graphile_worker to preau_app;
    grant select, insert, update, delete on all tables in schema graphile_worker to preau_app;
    grant usage on all sequences in schema graphile_worker to preau_app;
    grant execute on all functions in schema graphile_worker to preau_app`);
  // The library shuts its tables by row-level security to everybody but their owner, who never works in them.
  for (const table of ['jobs', 'job_queues', 'tasks']) {
    await client.query(`
      drop policy if exists preau_app on graphile_worker._private_${table};
      create policy preau_app on graphile_worker._private_${table} to preau_app using (true) with check (true)`);
  }
}
