import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

export interface ChildOptions {
  name: string;
  command: string;
  args: string[];
  /** The signal that makes this server stop in good order; it also gets it when we die. */
  stopSignal: 'SIGTERM' | 'SIGINT';
  /** Run as somebody else (only root can): PostgreSQL refuses root. */
  as?: { uid: number; gid: number };
  /** Resolves once the server answers, rejects while it does not yet. */
  isReady: () => Promise<void>;
  log: (message: string) => void;
}

export interface SupervisedChild {
  readonly pid: number | undefined;
  /** Sends the stop signal and waits; after 10 s it is killed. */
  stop(): Promise<void>;
}

const LONGEST_PAUSE = 10_000;
const READY_WITHIN = 30_000;
const STARTS = 5;

/** Starts a private server and starts it again, after growing pauses, whenever it dies. Resolves once it answers. */
export async function superviseChild(options: ChildOptions): Promise<SupervisedChild> {
  let child = await startUntilReady(options);
  let stopping = false;
  let pauseMs = 100;
  const startAgain = async (how: unknown): Promise<void> => {
    if (stopping) return;
    options.log(`${options.name} ended (${how}); starting it again in ${pauseMs} ms`);
    await pause(pauseMs);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE);
    if (stopping) return;
    try {
      child = start(options);
    } catch (error) {
      return startAgain(codeOf(error));
    }
    watch();
  };
  const watch = (): void => {
    const startedAt = Date.now();
    const ended = (how: unknown): void => {
      if (Date.now() - startedAt > 60_000) pauseMs = 100;
      void startAgain(how);
    };
    const { pid } = child;
    child.once('exit', (code, signal) => ended(signal ?? code));
    // The machine has no room for it just now: what never began does not end.
    child.once('error', (error) => pid === undefined && ended(codeOf(error)));
  };
  watch();
  return {
    get pid() {
      return child.pid;
    },
    async stop() {
      stopping = true;
      await endChild(child, options.stopSignal);
    },
  };
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'error';
}

// The server of a process that was just killed may still hold the folder: then the next start is tried again.
async function startUntilReady(options: ChildOptions): Promise<ChildProcess> {
  for (let attempt = 1; ; attempt++) {
    const child = start(options);
    try {
      await Promise.race([untilReady(options), earlyExit(options.name, child)]);
      return child;
    } catch (error) {
      child.kill('SIGKILL');
      if (attempt === STARTS) throw error;
      await pause(400 * attempt);
    }
  }
}

function earlyExit(name: string, child: ChildProcess): Promise<never> {
  const exit = new Promise<never>((_, reject) => {
    child.once('exit', (code) => reject(new Error(`${name} did not start (exit ${code}): ${tail(child)}`)));
    child.once('error', (error) => reject(new Error(`${name} did not start`, { cause: error })));
  });
  exit.catch(() => {});
  return exit;
}

/** Whatever ends them, their memory is written to no file. */
const NO_CORE_DUMP = ['/bin/sh', '-c', 'ulimit -c 0; exec "$0" "$@"'];

/** As root, with the one capability that lets another user walk through folders only root may enter. */
export function commandFor({
  command,
  args,
  stopSignal,
  as,
}: Omit<ChildOptions, 'name' | 'isReady' | 'log'>): string[] {
  if (!existsSync('/usr/bin/setpriv')) return [...NO_CORE_DUMP, command, ...args];
  const identity = as
    ? [
        `--reuid=${as.uid}`,
        `--regid=${as.gid}`,
        '--clear-groups',
        '--inh-caps=-all,+dac_read_search',
        '--ambient-caps=-all,+dac_read_search',
      ]
    : [];
  return [
    '/usr/bin/setpriv',
    '--pdeathsig',
    stopSignal.slice(3),
    ...identity,
    '--',
    ...NO_CORE_DUMP,
    command,
    ...args,
  ];
}

const output = new WeakMap<ChildProcess, string>();

function start(options: ChildOptions): ChildProcess {
  const [command = '', ...args] = commandFor(options);
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C in the terminal goes to us, and we stop the servers in order.
    detached: true,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
  });
  const keep = (chunk: Buffer): void => {
    output.set(child, `${output.get(child) ?? ''}${chunk.toString()}`.slice(-4000));
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  child.on('error', () => {});
  return child;
}

function tail(child: ChildProcess): string {
  return (output.get(child) ?? '').trim().split('\n').slice(-5).join(' | ');
}

async function untilReady({ name, isReady }: ChildOptions): Promise<void> {
  const deadline = Date.now() + READY_WITHIN;
  for (let wait = 15; ; wait = Math.min(wait * 1.5, 200)) {
    try {
      return await isReady();
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`${name} did not answer within 30 s`, { cause: error });
      await pause(wait);
    }
  }
}

async function endChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  const killer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(killer);
}
