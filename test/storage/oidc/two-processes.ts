import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Task } from './adapter-process.ts';

/** The same act, half of it in each of two processes, all at once. */
export interface TwoProcesses {
  race(task: Omit<Task, 'times' | 'from'>, parallel: number): Promise<string[]>;
  stop(): void;
}

export async function twoProcesses(socket: string, digestKey: Buffer): Promise<TwoProcesses> {
  const script = join(import.meta.dirname, 'adapter-process.ts');
  const start = () => fork(script, [socket, digestKey.toString('base64')], { execArgv: [] });
  const processes = [start(), start()] as const;
  await Promise.all(processes.map((child) => once(child, 'message')));
  return {
    async race(task, parallel) {
      const half = Math.ceil(parallel / 2);
      const [one, other] = await Promise.all([
        ask(processes[0], { ...task, times: half, from: 0 }),
        ask(processes[1], { ...task, times: parallel - half, from: half }),
      ]);
      return [...one, ...other];
    },
    stop() {
      for (const child of processes) child.disconnect();
    },
  };
}

async function ask(child: ChildProcess, task: Task): Promise<string[]> {
  const answer = once(child, 'message');
  child.send(task);
  const [results] = await answer;
  return results as string[];
}
