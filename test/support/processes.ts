import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Secrets } from '../../src/config.ts';
import type { TestStores } from './stores.ts';
import { environmentOf } from './world.ts';

export const REPOSITORY = join(import.meta.dirname, '..', '..');

export type Environment = Record<string, string>;

/** How another process reaches the stores of a test, with its secrets. */
export function environmentFor(stores: TestStores, dataDir: string): Environment {
  const urlOf = (role: string): string => {
    const { host = '', database } = stores.connectionOf(role);
    return `postgres://${role}@/${database}?host=${encodeURIComponent(host)}`;
  };
  return {
    ...dataFolder(dataDir, stores.secrets),
    DATABASE_URL: urlOf('preau_app'),
    PREAU_OWNER_DATABASE_URL: urlOf('preau_owner'),
    REDIS_URL: stores.redisSocket,
  };
}

/** Without URLs: a process starts its own servers there, or joins those that run. */
export function dataFolder(path: string, secrets?: Secrets): Environment {
  return {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '',
    // Starting takes half as long: tests start a hundred of them.
    NODE_COMPILE_CACHE: join(tmpdir(), 'preau-test-compiled'),
    PREAU_PROFILE: 'test',
    PREAU_DATA_DIR: path,
    ...(secrets && environmentOf(secrets)),
  };
}

/** What production asks for besides its secrets; nothing is sent there. */
export const senders: Environment = {
  PREAU_SMTP_URL: 'smtps://smtp.example',
  PREAU_SMS_URL: 'https://sms.example/send',
  PREAU_SMS_TOKEN: 'a-token',
};

export interface Server {
  child: ChildProcess;
  /** Where this process answers; its issuer may be another. */
  url: string;
  ended: Promise<unknown>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const READY_WITHIN = 40_000;

/** `node src/main.ts`; listening and ready when it resolves. */
export async function startServer(environment: Environment): Promise<Server> {
  const child = spawn(process.execPath, [join(REPOSITORY, 'src/main.ts')], {
    cwd: REPOSITORY,
    env: { PREAU_PORT: '0', PREAU_METRICS_PORT: '0', PREAU_LOG_LEVEL: 'info', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = gather(child);
  const ended = once(child, 'exit');
  const deadline = Date.now() + READY_WITHIN;
  for (;;) {
    const port = /"port":(\d+),"msg":"Préau listens"/.exec(printed())?.[1];
    if (port) return running(child, `http://localhost:${port}`, ended);
    if (child.exitCode !== null || child.signalCode || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the server did not start:\n${printed()}`);
    }
    await pause(20);
  }
}

function running(child: ChildProcess, url: string, ended: Promise<unknown>): Server {
  return {
    child,
    url,
    ended,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await ended;
    },
  };
}

export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** `npx preau …`, as its script is started. */
export async function preau(environment: Environment, args: readonly string[]): Promise<Run> {
  const child = spawn(join(REPOSITORY, 'bin/preau'), args, { env: environment });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

function gather({ stdout, stderr }: ChildProcess): () => string {
  let text = '';
  for (const stream of [stdout, stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-20_000);
    });
  return () => text;
}

/** Process ids whose command line names this text. */
export function processesNaming(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandLine(pid).includes(text))
    .map(Number);
}

export function commandLine(pid: string | number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
