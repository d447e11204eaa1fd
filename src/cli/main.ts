import { constants } from 'node:os';
import { runCommandLine } from './command-line.ts';

const terminal = {
  environment: undefined,
  out: (text: string) => console.log(text),
  err: (what: unknown) => console.error(what),
  isWatched: process.stderr.isTTY,
};

// An end like any other: whatever must not outlive the command is removed at its exit.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => process.exit(128 + constants.signals[signal]));

// What is printed is written (pipes are synchronous here); a connection that will not close keeps nobody waiting.
process.exit(await runCommandLine(terminal, process.argv.slice(2)));
