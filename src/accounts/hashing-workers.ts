import { type ChildProcess, fork } from 'node:child_process';
import { Unavailable } from '../storage/unavailable.ts';
import type { HashingAnswer, HashingJob, HashingWork } from './password-worker-protocol.ts';

const WORKER = new URL('./password-worker.ts', import.meta.url);
const JOB_LIMIT_MILLISECONDS = 5_000;
const FIRST_ESTIMATE_MILLISECONDS = 60;

interface Waiting {
  readonly job: HashingJob;
  resolve(value: string | boolean): void;
  reject(error: Error): void;
}

interface Worker {
  readonly child: ChildProcess;
  current: Waiting | undefined;
  timer: NodeJS.Timeout | undefined;
}

/**
 * At most `count` child processes, started when there is work; one that dies fails its job with Unavailable and is
 * replaced at the next. A queue of more than `maxQueueSeconds` of measured work is refused with Unavailable.
 */
export class HashingWorkers {
  readonly #count: number;
  readonly #maxQueueSeconds: number;
  readonly #fork: () => ChildProcess;
  readonly #workers = new Set<Worker>();
  readonly #queue: Waiting[] = [];
  #estimate = FIRST_ESTIMATE_MILLISECONDS;
  #accepted = 0;
  #started = 0;
  #isClosed = false;

  constructor(given: { count: number; maxQueueSeconds: number; fork?: () => ChildProcess }) {
    this.#count = given.count;
    this.#maxQueueSeconds = given.maxQueueSeconds;
    this.#fork = given.fork ?? forkWorker;
  }

  /** How many jobs were started so far. */
  get jobs(): number {
    return this.#started;
  }

  get processes(): number[] {
    return [...this.#workers].flatMap(({ child }) => child.pid ?? []);
  }

  async run(work: HashingWork): Promise<string | boolean> {
    this.#refuseIfBusy();
    this.#accepted += 1;
    const job = { ...work, id: this.#accepted };
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, resolve, reject });
      this.#dispatch();
    });
  }

  /** Waiting jobs fail with Unavailable, and so do those under way; resolves when every process is gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { reject } of this.#queue.splice(0)) reject(new Unavailable('password hashing'));
    await Promise.all([...this.#workers].map(({ child }) => stop(child)));
  }

  #refuseIfBusy(): void {
    const seconds = ((this.#queue.length / this.#count) * this.#estimate) / 1000;
    if (!this.#isClosed && seconds < this.#maxQueueSeconds) return;
    throw new Unavailable('password hashing', { retryAfter: Math.max(1, Math.ceil(seconds)) });
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const worker = this.#findIdle() ?? this.#hire();
      if (!worker) return;
      const next = this.#queue.shift();
      if (next) this.#give(worker, next);
    }
  }

  #findIdle(): Worker | undefined {
    for (const worker of this.#workers) if (!worker.current) return worker;
    return undefined;
  }

  #hire(): Worker | undefined {
    if (this.#workers.size >= this.#count) return undefined;
    const child = this.#forkOrRefuse();
    if (!child) return undefined;
    const worker: Worker = { child, current: undefined, timer: undefined };
    worker.child.on('message', (answer: HashingAnswer) => this.#finish(worker, answer));
    worker.child.on('error', (error) => this.#lose(worker, error));
    worker.child.on('exit', () => this.#lose(worker, undefined));
    this.#workers.add(worker);
    return worker;
  }

  /** Where the machine has no room for one more, those at work do what waits; where none is at work, nobody does. */
  #forkOrRefuse(): ChildProcess | undefined {
    try {
      return this.#fork();
    } catch (cause) {
      if (this.#workers.size > 0) return undefined;
      for (const { reject } of this.#queue.splice(0)) reject(new Unavailable('password hashing', { cause }));
      return undefined;
    }
  }

  #give(worker: Worker, next: Waiting): void {
    this.#started += 1;
    worker.current = next;
    // SIGKILL: the worker ignores the signals a stop sends to the process group.
    worker.timer = setTimeout(() => worker.child.kill('SIGKILL'), JOB_LIMIT_MILLISECONDS);
    worker.child.channel?.ref();
    worker.child.send(next.job, (error) => {
      if (error) this.#lose(worker, error);
    });
  }

  #finish(worker: Worker, answer: HashingAnswer): void {
    const done = worker.current;
    if (done?.job.id !== answer.id) return;
    free(worker);
    this.#estimate = 0.8 * this.#estimate + 0.2 * answer.milliseconds;
    if ('value' in answer) done.resolve(answer.value);
    else done.reject(new Error(`password hashing failed: ${answer.error}`));
    this.#dispatch();
  }

  #lose(worker: Worker, cause: unknown): void {
    if (!this.#workers.delete(worker)) return;
    const lost = worker.current;
    free(worker);
    worker.child.kill('SIGKILL');
    lost?.reject(new Unavailable('password hashing', { cause }));
    this.#dispatch();
  }
}

/** An idle worker keeps no command line alive. */
function free(worker: Worker): void {
  worker.current = undefined;
  clearTimeout(worker.timer);
  worker.child.channel?.unref();
}

/** No environment but the size of its pool: a worker knows no secret but the password it is given. */
export function forkWorker(): ChildProcess {
  const child = fork(WORKER, [], {
    execArgv: [],
    env: { UV_THREADPOOL_SIZE: '1' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.unref();
  return child;
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.ref();
    child.once('exit', () => resolve());
    if (child.connected) child.disconnect();
  });
}
