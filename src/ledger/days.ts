import { sql } from 'kysely';
import type { Db } from '../storage/postgres.ts';

const AHEAD = 8;

/**
 * One partition a day (UTC), made ahead from yesterday on by the owner's function: the app may create nothing. Whoever
 * writes would wait behind a new one that waits for somebody who reads for long (a backup): it gives way at once, and
 * has a week to be tried again.
 */
export async function ensureDays(db: Db, at: Date): Promise<void> {
  const yesterday = new Date(at.getTime() - 86_400_000).toISOString().slice(0, 10);
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext('preau.disclosure_days'))`.execute(tx);
    await sql`set local lock_timeout = '100ms'`.execute(tx);
    await sql`select ensure_disclosure_days(${yesterday}::date, ${AHEAD}::int)`.execute(tx);
  });
}
