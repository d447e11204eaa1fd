import { sql } from 'kysely';
import type { Db } from '../storage/postgres.ts';

/**
 * One plan moves at a time. The lock is the connection's own: when the process is killed, PostgreSQL lets it go.
 * Undefined: another process holds it.
 */
export async function withPlanLock<T>(db: Db, act: (db: Db) => Promise<T>): Promise<T | undefined> {
  return db.connection().execute(async (connection) => {
    const { rows } = await sql<{ taken: boolean }>`
      select pg_try_advisory_lock(hashtext('preau.roster')) as taken`.execute(connection);
    if (!rows[0]?.taken) return undefined;
    try {
      return await act(connection);
    } finally {
      await sql`select pg_advisory_unlock(hashtext('preau.roster'))`.execute(connection).catch(() => {});
    }
  });
}
