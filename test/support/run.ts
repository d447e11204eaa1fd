// Starts private servers for the tests, makes the template database, runs jest on it, stops everything.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { unrecordedEvents } from './recorded-events.ts';
import { startServers } from './servers.ts';

const servers = await startServers();
const { folder } = servers;
const results: string[] = [];
const events = join(folder, 'events');
mkdirSync(events);
let unrecorded: string[] = [];
let code = 1;
try {
  code = await runAll(process.argv.slice(2));
} finally {
  report();
  await servers.stop();
}
process.exit(code);

/** Without arguments everything, on each core a file and one more, for they often wait. */
async function runAll(args: string[]): Promise<number> {
  if (args.length > 0) return jest(args);
  const tests = await jest([`--maxWorkers=${1 + availableParallelism()}`]);
  unrecorded = unrecordedEvents(events);
  if (unrecorded.length > 0) console.error(`events that no test recorded: ${unrecorded.join(', ')}`);
  return tests || unrecorded.length;
}

/** The closing line; a suite that could not even start counts as a failure, and so does an unrecorded event. */
function report(): void {
  const counts = results.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Counts);
  const passed = counts.reduce((sum, count) => sum + count.numPassedTests, 0);
  const failed = counts.reduce(
    (sum, count) => sum + count.numFailedTests + count.numRuntimeErrorTestSuites,
    unrecorded.length,
  );
  console.log(`${passed} passed, ${failed} failed`);
}

interface Counts {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
}

function jest(args: string[]): Promise<number> {
  const outputFile = join(folder, `results-${results.length}.json`);
  const child = spawn(
    process.execPath,
    ['node_modules/jest/bin/jest.js', '--json', `--outputFile=${outputFile}`, ...args],
    {
      // jest prints the JSON's path on stdout; what people read is on stderr.
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        PREAU_PROFILE: 'test',
        PREAU_TEST_POSTGRES: servers.postgres,
        PREAU_TEST_REDIS: servers.redis,
        PREAU_TEST_EVENTS: events,
      },
    },
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) =>
    child.once('exit', (exit) => {
      if (existsSync(outputFile)) results.push(outputFile);
      resolve(exit ?? 1);
    }),
  );
}
