import { type Db, isHeldUp, type Tx } from '../storage/postgres.ts';

/** Each waits for two seconds. */
const MOST_TRIES = 7;

/**
 * Who hangs while somebody is let in shares the clock until PostgreSQL ends their transaction, which it does after ten
 * seconds: an order outlasts them.
 */
export async function outlast<T>(db: Db, act: (tx: Tx) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await db.transaction().execute(act);
    } catch (error) {
      if (tries === MOST_TRIES || !isHeldUp(error)) throw error;
    }
  }
}
