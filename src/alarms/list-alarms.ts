import type { Db } from '../storage/postgres.ts';
import type { Alarm } from './alarm.ts';
import { UUID } from './close-alarm.ts';
import { selectAlarms, type Wanted } from './store.ts';

const MOST = 500;

/** The newest first. */
export function listAlarms(db: Db, wanted: Omit<Wanted, 'limit' | 'id'> = {}): Promise<Alarm[]> {
  return selectAlarms(db, { ...wanted, limit: MOST });
}

export async function findAlarm(db: Db, id: string): Promise<Alarm | undefined> {
  if (!UUID.test(id)) return undefined;
  return (await selectAlarms(db, { id, limit: 1 }))[0];
}
