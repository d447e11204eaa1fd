import type { Db, Tx } from '../storage/postgres.ts';

/** Moves whenever a roster is applied or undone: a plan made before that speaks of another directory. */
export async function directoryVersion(db: Db | Tx): Promise<number> {
  const row = await db.selectFrom('roster_clock').select('version').executeTakeFirstOrThrow();
  return row.version;
}

/** Answers the new version. */
export async function moveDirectoryVersion(tx: Tx): Promise<number> {
  const row = await tx
    .updateTable('roster_clock')
    .set((eb) => ({ version: eb('version', '+', 1) }))
    .returning('version')
    .executeTakeFirstOrThrow();
  return row.version;
}
