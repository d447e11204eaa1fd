import type { Db, Tx } from '../storage/postgres.ts';

/** Moves whenever a roster is applied or undone: a plan made before that speaks of another directory. */
export async function directoryVersion(db: Db | Tx): Promise<number> {
  const row = await db.selectFrom('roster_clock').select('version').executeTakeFirstOrThrow();
  return row.version;
}

/** False: it is not this version any more, or whoever moves it at this moment comes first. */
export async function moveDirectoryVersion(tx: Tx, from: number): Promise<boolean> {
  const moved = await tx
    .updateTable('roster_clock')
    .set((eb) => ({ version: eb('version', '+', 1) }))
    .where('version', '=', from)
    .returning('version')
    .executeTakeFirst();
  return moved !== undefined;
}

/** Nobody else moves it until the transaction ends. */
export async function holdDirectoryVersion(tx: Tx): Promise<number> {
  const row = await tx.selectFrom('roster_clock').select('version').forUpdate().executeTakeFirstOrThrow();
  return row.version;
}
