import { type DestinationStream, type Logger, pino } from 'pino';
import { describeError } from './error-log.ts';

/** The log of a process. An error is described, never quoted: PostgreSQL's own words repeat the row they are about. */
export function createLogger(level: string, to?: DestinationStream): Logger {
  return pino({ level, serializers: { err: describeError } }, to);
}
