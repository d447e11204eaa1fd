import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Task } from './racer.ts';
import { socketOfPostgres, type TestStores } from './stores.ts';

export interface TwoRacers {
  /** How many of `times` parallel tries won, half of them in each of two processes. */
  race(act: string, given: Task['given'], times: number): Promise<number>;
  stop(): void;
}

/** `acts`: a module whose exports take (db, given) and answer whether they won. */
export async function twoRacers(stores: TestStores, acts: string): Promise<TwoRacers> {
  const database = String(stores.connectionOf('preau_app').database);
  const start = (): ChildProcess =>
    fork(join(import.meta.dirname, 'racer.ts'), [socketOfPostgres, database, acts], { execArgv: [] });
  const racers = [start(), start()] as const;
  await Promise.all(racers.map((racer) => once(racer, 'message')));
  return {
    async race(act, given, times) {
      const half = Math.ceil(times / 2);
      const won = await Promise.all([
        ask(racers[0], { act, given, times: half }),
        ask(racers[1], { act, given, times: times - half }),
      ]);
      return won[0] + won[1];
    },
    stop() {
      for (const racer of racers) racer.disconnect();
    },
  };
}

async function ask(racer: ChildProcess, task: Task): Promise<number> {
  const answer = once(racer, 'message');
  racer.send(task);
  const [{ won, failed }] = (await answer) as [{ won?: number; failed?: string }];
  if (won === undefined) throw new Error(failed);
  return won;
}
