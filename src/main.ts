import { startPreau } from './app.ts';
import { ConfigurationError, loadConfig } from './config.ts';
import { createLogger } from './http/logger.ts';
import { AlreadyRunning } from './storage/stores.ts';

const STOP_WITHIN = 10_000;

try {
  const config = loadConfig();
  const logger = createLogger(config.logLevel);
  const preau = await startPreau(config, logger);
  logger.info({ issuer: config.issuer, port: preau.port }, 'Préau listens');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(preau));
} catch (error) {
  const isExpected = error instanceof ConfigurationError || error instanceof AlreadyRunning;
  process.stderr.write(`${isExpected ? error.message : describe(error)}\n`);
  process.exitCode = 1;
}

async function stop(preau: { stop(): Promise<void> }): Promise<void> {
  // What has not finished by then is cut off; the servers of the data folder end with this process.
  setTimeout(() => process.exit(1), STOP_WITHIN).unref();
  await preau.stop();
  // A client that reconnects, a timer somewhere: nothing keeps a stopped Préau alive.
  process.exit(0);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
