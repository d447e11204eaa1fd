import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigurationError, loadConfig } from '../src/config.ts';
import { createLogger } from '../src/http/logger.ts';
import { AlreadyRunning } from '../src/storage/stores.ts';
import { greeting } from './greeting.ts';
import { type Demo, runDemo } from './run.ts';
import { NotADemo } from './seed/seed.ts';

const STOP_WITHIN = 10_000;
const DEFAULT_PORT = 3000;

class WrongUsage extends Error {}

try {
  const { withApplications, port } = readArguments();
  const config = loadConfig(environment(port));
  const logger = createLogger(config.logLevel);
  const first = config.port;
  const applicationPorts = withApplications ? ([first + 1, first + 2] as const) : undefined;
  const demo = await runDemo({ config, logger, applicationPorts });
  console.log(greeting(demo.facts, shortest(config.dataDir)));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(demo));
} catch (error) {
  console.error(sentenceOf(error));
  process.exitCode = 1;
}

function readArguments(): { withApplications: boolean; port: number | undefined } {
  const { values } = parse();
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_534)) {
    throw new TypeError(
      '--port prend un numéro de port : Préau l’écoute, les applications les deux suivants',
    );
  }
  return { withApplications: !values['no-apps'], port };
}

function parse() {
  try {
    return parseArgs({
      options: { 'no-apps': { type: 'boolean', default: false }, port: { type: 'string' } },
    });
  } catch (error) {
    throw new WrongUsage(`${(error as Error).message}\nbin/demo [--no-apps] [--port N]`);
  }
}

/** Quiet unless asked: this terminal is read by people. */
function environment(port: number | undefined): NodeJS.ProcessEnv {
  const quiet = { PREAU_LOG_LEVEL: 'warn', ...process.env, PREAU_PROFILE: 'demo' };
  if (port === undefined) return { PREAU_PORT: String(DEFAULT_PORT), ...quiet };
  // Two demos side by side need two of each port.
  return { PREAU_METRICS_PORT: '0', ...quiet, PREAU_PORT: String(port) };
}

function shortest(folder: string): string {
  const fromHere = relative(process.cwd(), folder);
  return fromHere.startsWith('..') ? folder : fromHere || '.';
}

async function stop(demo: Demo): Promise<void> {
  console.log('\nArrêt…');
  setTimeout(() => process.exit(1), STOP_WITHIN).unref();
  await demo.stop();
  process.exit(0);
}

function sentenceOf(error: unknown): string {
  if (error instanceof AlreadyRunning) {
    return `La démonstration tourne déjà sur ce dossier (${error.message}).`;
  }
  if (error instanceof ConfigurationError || error instanceof NotADemo || error instanceof WrongUsage) {
    return error.message;
  }
  const { code, port } = error as { code?: string; port?: number };
  if (code === 'EADDRINUSE') return `Le port ${port} est déjà pris : bin/demo --port N en choisit d’autres.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
