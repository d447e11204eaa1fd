import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ClientMetadata } from 'oidc-provider';
import { generateSigningKey } from '../../src/oidc/signing-keys.ts';
import { socketOfRedis } from '../support/stores.ts';
import type { NaiveTask } from './naive-process.ts';

export interface NaiveProcesses {
  issuer: string;
  urls: readonly [string, string];
  stop(): void;
}

/** Two of them, over one Redis, with the same keys. */
export async function naiveProcesses(clients: ClientMetadata[]): Promise<NaiveProcesses> {
  const keys = [await generateSigningKey('ES256')];
  const shared = { socket: socketOfRedis, jwks: { keys }, clients } as NaiveTask;
  const first = await start(shared);
  const second = await start({ ...shared, issuer: first.url });
  return {
    issuer: first.url,
    urls: [first.url, second.url],
    stop() {
      for (const { child } of [first, second]) child.disconnect();
    },
  };
}

async function start(task: NaiveTask): Promise<{ child: ChildProcess; url: string }> {
  const script = join(import.meta.dirname, 'naive-process.ts');
  const child = fork(script, [JSON.stringify(task)], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return { child, url };
}
