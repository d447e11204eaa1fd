import { runCommandLine } from './command-line.ts';

const terminal = {
  environment: undefined,
  out: (text: string) => console.log(text),
  err: (what: unknown) => console.error(what),
  isWatched: process.stderr.isTTY,
};

// What is printed is written (pipes are synchronous here); a connection that will not close keeps nobody waiting.
process.exit(await runCommandLine(terminal, process.argv.slice(2)));
