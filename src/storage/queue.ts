import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type WorkerPool as Crew,
  Logger,
  type RunnerOptions,
  runTaskList,
  runTaskListOnce,
  type TaskList,
} from 'graphile-worker';
import { sql } from 'kysely';
import pg from 'pg';
import { connectionOf } from './own-connection.ts';
import type { Db, Tx } from './postgres.ts';
import { endCrew, freeRegularly, holdNameOf, type QueueLog, watchCrew } from './queue-crew.ts';

/** Work to come. The payload names what it is about and never holds a secret, an address or a text (design D12). */
export interface Job {
  task: string;
  payload: object;
  /** Not before this. */
  runAt?: Date;
  /** Replaces a waiting job of the same key. */
  key?: string;
  /** 25 unless said: about four days of growing pauses. */
  maxAttempts?: number;
  /** Jobs of one name run one after the other. */
  queueName?: string;
}

/** In the act's own transaction: without the act there is no job, and without the job no act. */
export function addJob(tx: Db | Tx, job: Job): Promise<void> {
  return addJobs(tx, [job]);
}

/** Several of one act, in one statement. */
export async function addJobs(tx: Db | Tx, jobs: readonly Job[]): Promise<void> {
  if (jobs.length === 0) return;
  const specs = jobs.map(({ task, payload, runAt, key, maxAttempts, queueName }) => ({
    identifier: task,
    payload,
    run_at: runAt,
    job_key: key,
    max_attempts: maxAttempts,
    queue_name: queueName,
  }));
  await sql`
    select from graphile_worker.add_jobs(array(
      select json_populate_recordset(null::graphile_worker.job_spec, ${JSON.stringify(specs)}::json)), false)`.execute(
    tx,
  );
}

/**
 * What runs a job, by name. What is thrown is tried again later, after a pause that grows from seconds to six hours.
 * A job may run twice (a process dies after its work): a task must bear that.
 */
export type Tasks = Readonly<
  Record<string, (payload: unknown, helpers: { attempt: number; isLast: boolean }) => Promise<void>>
>;

export interface Queue {
  start(): Promise<void>;
  /** For tests: runs everything due by our clock once, with what that adds for now. */
  drain(): Promise<void>;
  /** Takes no more work and waits for what runs, a few seconds at most: what is cut off, another process does again. */
  stop(): Promise<void>;
}

export interface Dependencies {
  /** Whose server, role and limits the queue's own few connections share: it never waits behind requests. */
  pool: pg.Pool;
  tasks: Tasks;
  log: QueueLog;
  now?: () => Date;
  concurrency?: number;
}

const CONNECTIONS = 3;
const REOPEN_AFTER = 1000;
const STOP_WITHIN = 6000;

/** Runs jobs inside this process. Several processes share the work; jobs of other names are left alone. */
export function createQueue(given: Dependencies): Queue {
  const { pool, log, now = () => new Date(), concurrency = 2 } = given;
  const tasks = quietTasks(given.tasks, log);
  let connections: pg.Pool | undefined;
  let crew: Crew | undefined;
  let isRunning = false;
  let stopping: AbortController | undefined;

  /** One crew after the other: one that lost its footing goes, and another comes after a pause. */
  async function keepCrew(signal: AbortSignal, own: pg.Pool): Promise<void> {
    while (!signal.aborted) {
      const events = new EventEmitter();
      holdNameOf(events);
      crew = runTaskList({ ...OPTIONS, logger: silent, events, concurrency }, tasks, own);
      await watchCrew(crew, { events, signal, log });
      await pause(REOPEN_AFTER, undefined, { signal }).catch(() => {});
    }
  }
  return {
    async start() {
      if (isRunning || Object.keys(tasks).length === 0) return;
      isRunning = true;
      stopping = new AbortController();
      const own = openConnections(pool);
      connections = own;
      void keepCrew(stopping.signal, own);
      void freeRegularly(own, stopping.signal, log);
    },
    drain: () => drain(pool, tasks, now()),
    async stop() {
      if (!isRunning) return;
      isRunning = false;
      stopping?.abort();
      const gone = (async () => {
        await endCrew(crew);
        await endQuietly(connections);
      })();
      await Promise.race([gone, pause(STOP_WITHIN, undefined, { ref: false })]);
    },
  };
}

async function drain(pool: pg.Pool, tasks: TaskList, at: Date): Promise<void> {
  if (Object.keys(tasks).length === 0) return;
  const client = await pool.connect();
  try {
    await client.query(DUE, [at]);
    await runTaskListOnce({ ...OPTIONS, logger: silent }, tasks, client);
  } finally {
    client.release();
  }
}

const OPTIONS = {
  noHandleSignals: true,
  pollInterval: 2000,
  schema: 'graphile_worker',
} satisfies RunnerOptions;

// The server's clock says what is due; a test's clock runs ahead of it.
const DUE = `update graphile_worker._private_jobs set run_at = now()
  where locked_at is null and run_at > now() and run_at <= $1`;

/** What it would say quotes errors, which quote addresses: the log of failures is ours. */
const silent = new Logger(() => () => {});

/** An error's name and code are kept with the job and logged; its words may name somebody. */
function quietTasks(tasks: Tasks, log: QueueLog): TaskList {
  const quiet = Object.entries(tasks).map(([name, run]): [string, TaskList[string]] => [
    name,
    async (payload, { job }) => {
      const attempt = job.attempts;
      const isLast = attempt >= job.max_attempts;
      try {
        await run(payload, { attempt, isLast });
      } catch (error) {
        const failure = nameOf(error);
        log.warn({ task: name, job: job.id, attempt, failure, isLast }, 'queue: a job failed');
        throw new Error(failure);
      }
    },
  ]);
  return Object.fromEntries(quiet);
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code = Reflect.get(error, 'code');
  const named = /^\w{1,60}$/.test(error.name) ? error.name : 'Error';
  return typeof code === 'string' && /^\w{1,40}$/.test(code) ? `${named} ${code}` : named;
}

/** The library does not wait for its last statements. */
async function endQuietly(connections: pg.Pool | undefined): Promise<void> {
  if (!connections) return;
  while (connections.waitingCount > 0 || connections.idleCount < connections.totalCount) await pause(10);
  await connections.end();
}

function openConnections(pool: pg.Pool): pg.Pool {
  const own = new pg.Pool({ ...connectionOf(pool), max: CONNECTIONS });
  own.on('error', () => {});
  own.on('connect', (client) => client.on('error', () => {}));
  return own;
}
