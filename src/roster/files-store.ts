import { sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';

export async function insertPiece(
  db: Db,
  piece: { plan: string; file: number; piece: number; sealed: Buffer; brought_at: Date },
): Promise<void> {
  await db.insertInto('roster_files').values(piece).execute();
}

export async function listFiles(db: Db, plan: string): Promise<number[]> {
  const rows = await db
    .selectFrom('roster_files')
    .select('file')
    .where('plan', '=', plan)
    .where('piece', '=', 0)
    .orderBy('file')
    .execute();
  return rows.map(({ file }) => file);
}

export async function findPiece(
  db: Db,
  { plan, file, piece }: { plan: string; file: number; piece: number },
): Promise<Buffer | undefined> {
  const row = await db
    .selectFrom('roster_files')
    .select('sealed')
    .where('plan', '=', plan)
    .where('file', '=', file)
    .where('piece', '=', piece)
    .executeTakeFirst();
  return row?.sealed;
}

export async function deleteFiles(db: Db | Tx, plan: string): Promise<void> {
  await db.deleteFrom('roster_files').where('plan', '=', plan).execute();
}

/** Of acts that were refused or died half-way: no plan waits for them. */
export async function deleteStrayFiles(db: Db, before: Date): Promise<void> {
  await sql`
    delete from roster_files f
    where f.brought_at < ${before}::timestamptz
      and not exists (select from roster_plans p where p.id = f.plan and p.state = 'reading')`.execute(db);
}
