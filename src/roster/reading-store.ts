import { sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';
import { deleteBatches } from './store.ts';
import type { RosterWithin } from './within.ts';

/** Why nothing came of files that staff brought; the problems of the files themselves lie sealed beside it. */
export type NotPlanned = 'files' | 'half-done' | 'directory-changed' | 'failed';

/** What a plan says of itself while it is read, and when nothing came of it. No personal data. */
export interface ReadingPlan {
  /** For whom the files were brought: one plan at a time. */
  whose: string;
  within: RosterWithin;
  places: { uai?: string; academie: string }[];
  /** Records so far. */
  read: number;
  notPlanned?: NotPlanned;
}

/** Undefined: files of the same place are being read. */
export async function insertReadingPlan(
  tx: Tx,
  plan: { id: string; by: object; at: Date; summary: ReadingPlan },
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    insert into roster_plans (id, made_by, hands, made_at, directory_version, state, summary)
    select ${plan.id}::uuid, ${JSON.stringify(plan.by)}::jsonb, ${JSON.stringify([plan.by])}::jsonb,
           ${plan.at}::timestamptz, version, 'reading', ${JSON.stringify(plan.summary)}::jsonb
    from roster_clock
    on conflict do nothing returning id`.execute(tx);
  return rows[0]?.id;
}

/** Anew, whatever an attempt before this one left. */
export async function beginReading(
  db: Db,
  { id, directoryVersion }: { id: string; directoryVersion: number },
): Promise<void> {
  await deleteBatches(db, id);
  await db
    .updateTable('roster_plans')
    .set({ directory_version: directoryVersion })
    .where('id', '=', id)
    .where('state', '=', 'reading')
    .execute();
}

export async function noteRead(db: Db, id: string, records: number): Promise<void> {
  await sql`
    update roster_plans set summary = jsonb_set(summary, '{read}', to_jsonb(${records}::int))
    where id = ${id}::uuid and state = 'reading'`.execute(db);
}

/** False: it was planned or refused before. */
export async function refusePlan(
  tx: Tx,
  { id, because, refusedSealed }: { id: string; because: NotPlanned; refusedSealed: Buffer },
): Promise<boolean> {
  const { rows } = await sql`
    update roster_plans set state = 'refused', refused_sealed = ${refusedSealed}::bytea,
      summary = jsonb_set(summary, '{notPlanned}', to_jsonb(${because}::text))
    where id = ${id}::uuid and state = 'reading' returning id`.execute(tx);
  return rows.length > 0;
}

/** What was to be read died on the way, and nobody said so. */
export async function refuseStalled(db: Db, before: Date): Promise<void> {
  await sql`
    update roster_plans set state = 'refused', summary = jsonb_set(summary, '{notPlanned}', '"failed"')
    where state = 'reading' and made_at < ${before}::timestamptz`.execute(db);
}
