import { setTimeout as pause } from 'node:timers/promises';
import { Redis as IoRedis } from 'ioredis';
import { Flight, Flights } from './flights.ts';
import { Unavailable } from './unavailable.ts';

export type Redis = IoRedis;

export interface RedisOptions {
  /** A redis:// or rediss:// URL, or the path of a unix socket. */
  at: string;
  commandMilliseconds: number;
}

/** Connected before it is handed out; later it fails at once while Redis is away and reconnects by itself. */
export async function openRedis(options: RedisOptions): Promise<Redis> {
  const redis = new GatheringRedis(options);
  redis.on('error', () => {});
  await connect(redis);
  return redis;
}

/**
 * The commands of one turn of the event loop leave in one write, and wait under one clock. What the client does for it by
 * itself costs as much again as the command.
 */
class GatheringRedis extends IoRedis {
  readonly #milliseconds: number;
  readonly #flights: Flights;
  #flight: Flight | undefined;

  constructor({ at, commandMilliseconds }: RedisOptions) {
    super(at, {
      lazyConnect: true,
      enableOfflineQueue: false,
      // Nothing is sent twice: what got no answer may have been done, or was refused long ago.
      maxRetriesPerRequest: 0,
      connectTimeout: 2000,
      retryStrategy: (attempt) => Math.min(50 * attempt, 1000),
    });
    this.#milliseconds = commandMilliseconds;
    this.#flights = new Flights(commandMilliseconds, () => this.stream.destroy());
  }

  override sendCommand(...[command, stream]: Parameters<IoRedis['sendCommand']>): unknown {
    if (this.status !== 'ready') {
      // What the client says by itself when it connects.
      command.setTimeout(this.#milliseconds);
      return super.sendCommand(command, stream);
    }
    const flight = this.#gather();
    flight.commands.push(command);
    // A pipeline of its own writes past us: what came before leaves before.
    if (stream) flight.leave();
    return super.sendCommand(command, stream ?? flight);
  }

  #gather(): Flight {
    this.#flight ??= this.#begin();
    return this.#flight;
  }

  #begin(): Flight {
    const flight = new Flight(this);
    this.#flights.expect(flight);
    setImmediate(() => {
      this.#flight = undefined;
      flight.leave();
    });
    return flight;
  }
}

const START_WITHIN = 5000;

/**
 * A server that was just started may drop its first connections. The client tries again by itself; told to stop
 * meanwhile, it would take the next loss of its connection, days later, for that.
 */
async function connect(redis: Redis): Promise<void> {
  let cause: unknown;
  const isReady = new Promise<true>((resolve) => void redis.once('ready', () => resolve(true)));
  redis.connect().catch((error: unknown) => {
    cause = error;
  });
  if (await Promise.race([isReady, pause(START_WITHIN, false, { ref: false })])) return;
  redis.disconnect();
  throw new Unavailable('redis', { cause });
}

/** Runs Redis commands; whatever goes wrong there means "not available", never "not found". */
export function askRedis<T>(commands: () => Promise<T>): Promise<T> {
  return commands().catch(throwUnavailable);
}

function throwUnavailable(error: unknown): never {
  throw error instanceof Unavailable ? error : new Unavailable('redis', { cause: error });
}
