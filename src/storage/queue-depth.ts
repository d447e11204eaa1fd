import { sql } from 'kysely';
import type { Db, Tx } from './postgres.ts';

/** How much work of one kind waits. */
export interface QueueDepth {
  task: string;
  /** Could run now. */
  due: number;
  /** Waits for its first time. */
  later: number;
  /** Failed before, waits for another try. */
  retrying: number;
  running: number;
  /** Was tried as often as it may be; stays to be seen. */
  failed: number;
  /** For how many seconds the oldest that is due has been. */
  oldestSeconds: number;
  /** Names and codes of the errors, never their words. */
  errors: string[];
}

export async function queueDepth(db: Db): Promise<QueueDepth[]> {
  const { rows } = await sql<QueueDepth>`
    with jobs as (
      select t.identifier as task, j.last_error, j.run_at, case
               when j.locked_at is not null then 'running'
               when j.attempts >= j.max_attempts then 'failed'
               when j.run_at <= now() then 'due'
               when j.attempts > 0 then 'retrying'
               else 'later' end as state
      from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
    )
    select task,
           count(*) filter (where state = 'due')::int as due,
           count(*) filter (where state = 'later')::int as later,
           count(*) filter (where state = 'retrying')::int as retrying,
           count(*) filter (where state = 'running')::int as running,
           count(*) filter (where state = 'failed')::int as failed,
           coalesce(round(extract(epoch from now() - min(run_at) filter (where state = 'due'))), 0)::int
             as "oldestSeconds",
           coalesce(array_agg(distinct last_error order by last_error) filter (where last_error is not null), '{}')
             as errors
    from jobs group by task order by task`.execute(db);
  return rows;
}

/** What was tried as often as it may be begins anew, now. Answers how many jobs. */
export async function retryFailed(tx: Tx, task: string | undefined): Promise<number> {
  const { rows } = await sql`
    select from graphile_worker.reschedule_jobs(${failedIds(task)}, run_at => now(), attempts => 0)`.execute(
    tx,
  );
  return rows.length;
}

export async function forgetFailed(tx: Tx, task: string | undefined): Promise<number> {
  const { rows } = await sql`select from graphile_worker.complete_jobs(${failedIds(task)})`.execute(tx);
  return rows.length;
}

function failedIds(task: string | undefined) {
  return sql`array(
    select j.id from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
    where j.locked_at is null and j.attempts >= j.max_attempts and (${task ?? null}::text is null or t.identifier = ${task ?? null}))`;
}
