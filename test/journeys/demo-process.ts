import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Facts } from '../../demo/facts.ts';

/** What `bin/demo` runs once everything is installed, on ports and in a folder of its own. */
export interface DemoProcess {
  folder: string;
  /** As `demo.json` says now. */
  facts(): Facts;
  /** What it has printed so far. */
  printed(): string;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

const READY_WITHIN_MS = 60_000;
const REPOSITORY = join(import.meta.dirname, '..', '..');

export function emptyFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'preau-journey-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export async function startDemo(
  folder: string,
  { port, args = [] }: { port?: number; args?: string[] } = {},
): Promise<DemoProcess> {
  const startedAt = Date.now();
  const first = port ?? (await threeFreePorts());
  const run = runDemo(folder, ['--port', String(first), ...args]);
  while (!run.printed().includes('Ctrl-C')) {
    if (run.child.exitCode !== null || Date.now() - startedAt > READY_WITHIN_MS) {
      run.child.kill('SIGKILL');
      throw new Error(`the demo did not start:\n${run.printed()}`);
    }
    await pause(50);
  }
  return {
    folder,
    facts: () => JSON.parse(readFileSync(join(folder, 'demo.json'), 'utf8')) as Facts,
    printed: run.printed,
    async stop(signal = 'SIGINT') {
      run.child.kill(signal);
      return run.ended;
    },
  };
}

/** Without waiting for it to be ready: for starts that are refused. */
export function runDemo(folder: string, args: string[]): Run {
  const child = spawn(process.execPath, [join(REPOSITORY, 'demo', 'main.ts'), ...args], {
    cwd: REPOSITORY,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PREAU_PROFILE: 'demo', PREAU_DATA_DIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, ended, printed: () => text };
}

export interface Run {
  child: ChildProcess;
  ended: Promise<number | null>;
  printed(): string;
}

/** Whatever still runs on this folder: its servers name it on their command line. */
export function processesOn(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => commandLine(`/proc/${pid}/cmdline`))
    .filter((line) => line.includes(folder));
}

function commandLine(path: string): string {
  try {
    return existsSync(path) ? readFileSync(path, 'utf8').replaceAll('\0', ' ') : '';
  } catch {
    return '';
  }
}

export async function threeFreePorts(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = 20_000 + Math.floor(Math.random() * 30_000);
    const free = await Promise.all([0, 1, 2].map((offset) => isFree(first + offset)));
    if (free.every(Boolean)) return first;
  }
  throw new Error('no three free ports in a row');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

export async function eventually<T>(look: () => T | undefined): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error('it did not happen within ten seconds');
    await pause(100);
  }
}
