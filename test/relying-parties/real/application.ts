import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** What an application needs to know of Préau, and of itself. */
export interface Settings {
  readonly issuer: string;
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** An address first: the application is registered with it before it runs. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface Running {
  stop(): Promise<void>;
}

/** One of the stacks in a process of its own, as it runs at its publisher's. */
export async function runStack(stack: string, settings: Settings): Promise<Running> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'run.ts'), [stack, JSON.stringify(settings)], {
    execArgv: [],
    silent: true,
  });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const [message] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => ['exit'] as const),
  ]);
  if (message !== 'listening') throw new Error(`${stack} did not start:\n${said}`);
  return {
    async stop() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}
