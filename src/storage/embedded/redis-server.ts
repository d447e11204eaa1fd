import { accessSync, constants, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type SupervisedChild, superviseChild } from './child.ts';

export interface EmbeddedRedis extends SupervisedChild {
  readonly socket: string;
}

/** A real redis-server of our own on a unix socket, with its append-only file under the data folder. */
export async function startRedis(options: {
  folder: string;
  socketFolder: string;
  log: (message: string) => void;
}): Promise<EmbeddedRedis> {
  for (const folder of [options.folder, options.socketFolder])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  const socket = join(options.socketFolder, 'redis.sock');
  await untilGone(socket);
  const child = await superviseChild({
    name: 'Redis',
    command: findRedisServer(),
    args: [
      ...['--port', '0', '--unixsocket', socket, '--unixsocketperm', '700', '--dir', options.folder],
      ...[
        '--appendonly',
        'yes',
        '--appendfsync',
        'everysec',
        '--save',
        '',
        '--maxmemory-policy',
        'noeviction',
      ],
      ...['--daemonize', 'no', '--protected-mode', 'yes'],
    ],
    stopSignal: 'SIGTERM',
    isReady: () => ping(socket),
    log: options.log,
  });
  return {
    socket,
    get pid() {
      return child.pid;
    },
    stop: () => child.stop(),
  };
}

function findRedisServer(): string {
  for (const folder of [...(process.env.PATH ?? '').split(':'), '/usr/bin', '/usr/local/bin']) {
    const path = join(folder, 'redis-server');
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  throw new Error(
    'redis-server is not installed: run bin/setup, or set REDIS_URL to use a Redis of your own',
  );
}

// Two servers on one append-only file would ruin it: the one of a process just killed must be gone first.
async function untilGone(socket: string): Promise<void> {
  for (let waited = 0; waited < 10_000; waited += 50) {
    const alive = await ping(socket).then(
      () => true,
      () => false,
    );
    if (!alive) return;
    await pause(50);
  }
  throw new Error(`another redis-server still answers on ${socket}`);
}

function ping(socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket);
    connection.setTimeout(1000, () => connection.destroy(new Error('Redis did not answer')));
    connection.once('error', reject);
    connection.once('connect', () => connection.write('PING\r\n'));
    connection.once('data', (answer) => {
      connection.destroy();
      if (answer.toString().startsWith('+PONG')) resolve();
      else reject(new Error(`Redis answered ${answer.toString().trim()}`));
    });
  });
}
