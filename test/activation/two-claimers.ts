import { type ChildProcess, fork } from 'node:child_process';
import type { Answer, Message, Task } from './claimer.ts';
import type { World } from './world.ts';

export interface Claimer {
  child: ChildProcess;
  perform(task: Task): Promise<string>;
  stop(): Promise<void>;
}

const SCRIPT = new URL('./claimer.ts', import.meta.url);

/** A process of its own on the world's database. */
export async function startClaimer(world: World): Promise<Claimer> {
  const secrets = Object.fromEntries(
    Object.entries(world.stores.secrets).map(([name, key]) => [name, key.toString('base64')]),
  );
  const ahead = world.now().getTime() - Date.now();
  const given = JSON.stringify({ connection: world.stores.connectionOf('preau_app'), secrets, ahead });
  const child = fork(SCRIPT, [given], { execArgv: [] });
  const waiting = new Map<number, (outcome: string) => void>();
  const ready = new Promise<string>((resolve) => waiting.set(0, resolve));
  child.on('message', ({ id, outcome }: Answer) => waiting.get(id)?.(outcome));
  child.on('exit', () => {
    for (const resolve of waiting.values()) resolve('killed');
  });
  await ready;
  let last = 0;
  return {
    child,
    perform: (task) =>
      new Promise((resolve) => {
        last += 1;
        waiting.set(last, resolve);
        child.send({ ...task, id: last } satisfies Message, () => {});
      }),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.disconnect();
      await gone;
    },
  };
}

/** All at once, by turns in one process and the other. */
export async function performAll(claimers: readonly Claimer[], tasks: readonly Task[]): Promise<string[]> {
  return Promise.all(tasks.map((task, n) => claimers[n % claimers.length]?.perform(task) ?? 'nobody'));
}
