import type { Db } from '../../storage/postgres.ts';
import { type OpenWindow, selectOpenWindows, type Where } from './store.ts';

/** The windows open now, the newest first: numbers, no name and no word. */
export function listWindows(db: Db, at: Date, where: Where = {}): Promise<OpenWindow[]> {
  return selectOpenWindows(db, at, where);
}
