import type { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { WorkerPool as Crew } from 'graphile-worker';
import type pg from 'pg';

export interface QueueLog {
  warn(details: object, message: string): void;
}

interface Listening {
  client: pg.PoolClient;
  workerPool: Crew;
}

/** The library listens on this connection first: one statement after the other. */
const LISTENS_WITHIN = 500;

/** The connection that hears of new jobs holds a lock by the crew's name for as long as it lives. */
export function holdNameOf(events: EventEmitter): void {
  events.on('pool:listen:success', ({ client, workerPool }: Listening) => {
    const hold = () =>
      client.query('select pg_advisory_lock(hashtextextended($1, 0))', [workerPool.id]).catch(() => {});
    setTimeout(hold, LISTENS_WITHIN).unref();
  });
}

/** Resolves when this crew must be replaced: it ended, or it never got so far as to look for a job. */
export async function watchCrew(
  crew: Crew,
  { events, signal, log }: { events: EventEmitter; signal: AbortSignal; log: QueueLog },
): Promise<void> {
  const ended = crew.promise.then(
    () => {},
    () => {},
  );
  await Promise.race([ended, stumbles(events)]);
  if (signal.aborted) return;
  log.warn({}, 'queue: no jobs are taken; another try follows');
  void endCrew(crew);
}

/** Waits for what runs. */
export async function endCrew(crew: Crew | undefined): Promise<void> {
  await Promise.resolve(crew?.gracefulShutdown()).catch(() => {});
}

/** The names of its tasks are asked once: where PostgreSQL was away then, the library keeps the error for ever. */
function stumbles(events: EventEmitter): Promise<void> {
  return new Promise((resolve) => {
    let hasLooked = false;
    const looked = (): void => {
      hasLooked = true;
    };
    events.on('worker:getJob:empty', looked).on('job:start', looked);
    events.on('worker:getJob:error', () => {
      if (!hasLooked) resolve();
    });
  });
}

const LOOK_EVERY = 30_000;

/** Jobs whose crew is gone (a killed process) are free again within a minute or two; the library waits four hours. */
export async function freeRegularly(connections: pg.Pool, signal: AbortSignal, log: QueueLog): Promise<void> {
  while (!signal.aborted) {
    await freeGivenUp(connections).catch(() => log.warn({}, 'queue: not looked for jobs given up'));
    await pause(LOOK_EVERY, undefined, { signal, ref: false }).catch(() => {});
  }
}

export async function freeGivenUp(connections: Pick<pg.Pool, 'query'>): Promise<void> {
  await connections.query(`
    select graphile_worker.force_unlock_workers(array(
      select locked_by from graphile_worker._private_jobs
      where locked_by is not null and locked_at < now() - interval '1 minute'
        and pg_try_advisory_xact_lock(hashtextextended(locked_by, 0))))`);
}
