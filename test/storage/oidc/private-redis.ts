import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openRedis, type Redis } from '../../../src/storage/redis.ts';

/** A redis-server that a test may kill, with its data on disk. */
export class PrivateRedis {
  readonly #folder = mkdtempSync(join(tmpdir(), 'preau-redis-'));
  readonly #socket = join(this.#folder, 'redis.sock');
  #server: ChildProcess | undefined;
  #client: Redis | undefined;

  get client(): Redis {
    if (!this.#client) throw new Error('not started');
    return this.#client;
  }

  async start(): Promise<void> {
    const options = ['--port', '0', '--unixsocket', this.#socket, '--dir', this.#folder, '--save', ''];
    const durable = ['--appendonly', 'yes', '--appendfsync', 'always'];
    this.#server = spawn('redis-server', [...options, ...durable], { stdio: 'ignore' });
    while (!existsSync(this.#socket)) await pause(10);
    if (!this.#client) this.#client = await openRedis({ at: this.#socket, commandMilliseconds: 300 });
    while (this.#client.status !== 'ready') await pause(10);
  }

  async kill(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
    rmSync(this.#socket, { force: true });
    this.#server = undefined;
  }

  pause(): void {
    this.#server?.kill('SIGSTOP');
  }

  resume(): void {
    this.#server?.kill('SIGCONT');
  }

  // ioredis told to stop in the middle of an attempt to reconnect goes on: so it is connected first.
  async stop(): Promise<void> {
    if (!this.#server) await this.start();
    this.#client?.disconnect();
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
