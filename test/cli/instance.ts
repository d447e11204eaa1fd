import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { dataFolder, type Environment, type Run, type Server, startServer } from '../support/processes.ts';

/** A running Préau in a folder of its own, and its command line. */
export interface Instance {
  folder: string;
  environment: Environment;
  server: Server;
  run(...args: string[]): Promise<Run>;
  /** With --json: done, one document, nothing else said. */
  done<Answer>(...args: string[]): Promise<Answer>;
  /** With --json: refused, one document, the sentence for people on stderr. */
  refused<Answer>(...args: string[]): Promise<Answer>;
  /** The names of commands that were done, or refused, so far. */
  wereDone: Set<string>;
  wereRefused: Set<string>;
  stop(): Promise<void>;
}

export async function openInstance(): Promise<Instance> {
  const folder = mkdtempSync(join(tmpdir(), 'preau-cli-'));
  const environment = dataFolder(folder);
  const server = await startServer(environment);
  const run = (...args: string[]) => runHere(environment, args);
  const [wereDone, wereRefused] = [new Set<string>(), new Set<string>()];
  return {
    ...{ folder, environment, server, run, wereDone, wereRefused },
    async done<Answer>(...args: string[]) {
      const { code, stdout, stderr } = await run(...args, '--json');
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
      wereDone.add(nameIn(args));
      return JSON.parse(stdout) as Answer;
    },
    async refused<Answer>(...args: string[]) {
      const { code, stdout, stderr } = await run(...args, '--json');
      expect({ args, code }).toEqual({ args, code: 1 });
      expect(stderr.trim()).not.toBe('');
      // A sentence, not a stack.
      expect(stderr).not.toMatch(/^\s+at /m);
      wereRefused.add(nameIn(args));
      return JSON.parse(stdout) as Answer;
    },
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** As the process does it, without the second that starting one takes; commands.test.ts starts some. */
async function runHere(environment: Environment, args: string[]): Promise<Run> {
  const printed = { out: '', err: '' };
  const into = (stream: 'out' | 'err') => (what: unknown) => {
    printed[stream] += `${what instanceof Error ? what.stack : String(what)}\n`;
  };
  const terminal = { environment, out: into('out'), err: into('err'), isWatched: false };
  const code = await runCommandLine(terminal, args);
  return { code, stdout: printed.out, stderr: printed.err };
}

function nameIn([noun = '', verb = '']: string[]): string {
  return `${noun} ${verb}`;
}
