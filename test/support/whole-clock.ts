import { jest } from '@jest/globals';
import type { World } from './world.ts';

/**
 * A world in which time moves for the engine too, so that somebody may sign in a fortnight later: `wait` moves
 * `Date.now` of everything in this test, and `close` gives it back.
 */
export function onWholeClock(world: World): World {
  let ahead = 0;
  const here = Date.now.bind(Date);
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => here() + ahead);
  return {
    ...world,
    wait: (milliseconds) => {
      ahead += milliseconds;
    },
    async close() {
      clock.mockRestore();
      await world.close();
    },
  };
}

/** At a time so many seconds from now, before it where negative, for the engine too; not for Redis and PostgreSQL. */
export async function secondsFromNow<T>(seconds: number, act: () => Promise<T>): Promise<T> {
  const here = Date.now.bind(Date);
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => here() + seconds * 1000);
  try {
    return await act();
  } finally {
    clock.mockRestore();
  }
}
