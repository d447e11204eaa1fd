import { sql } from 'kysely';
import type { Db } from '../storage/postgres.ts';

const AHEAD = 8;

/** One partition a day (UTC), made ahead from yesterday on by the owner's function: the app may create nothing. */
export async function ensureDays(db: Db, at: Date): Promise<void> {
  const yesterday = new Date(at.getTime() - 86_400_000).toISOString().slice(0, 10);
  await sql`select ensure_disclosure_days(${yesterday}::date, ${AHEAD}::int)`.execute(db);
}
