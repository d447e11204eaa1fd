import type { Actor } from '../../audit/actor.ts';
import { record } from '../../audit/record.ts';
import type { Db } from '../../storage/postgres.ts';
import { endWindow } from './store.ts';

export interface Dependencies {
  db: Db;
  now: () => Date;
}

export type Closed = { outcome: 'closed' } | { outcome: 'not-open' };
export type CloseWindowOperation = (asked: {
  id: string;
  by: Actor;
  reason?: string | undefined;
}) => Promise<Closed>;

/** From now on the word opens nothing. Whoever gave it in time goes on: their proof was given in the window. */
export function createCloseWindow({ db, now }: Dependencies): CloseWindowOperation {
  return async ({ id, by, reason }) => {
    if (!UUID.test(id)) return { outcome: 'not-open' };
    return db.transaction().execute(async (tx) => {
      const at = now();
      const closed = await endWindow(tx, id, at);
      if (!closed) return { outcome: 'not-open' };
      const event = {
        name: 'activation.window-closed',
        details: { window: closed },
        ...(reason && { reason }),
      } as const;
      await record(tx, by, event, at);
      return { outcome: 'closed' };
    });
  };
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
