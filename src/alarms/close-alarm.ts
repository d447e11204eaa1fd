import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { closeAlarm, selectAlarms } from './store.ts';

export type ClosedAlarm =
  | { outcome: 'closed' }
  | { outcome: 'unknown-alarm' }
  | { outcome: 'already-closed' };

/** Somebody looked into it and says what it was. A pause it ordered goes on until its own end. */
export function closeOpenAlarm(
  db: Db,
  by: Actor,
  given: { id: string; reason: string },
  at: Date,
): Promise<ClosedAlarm> {
  return db.transaction().execute((tx) => closeAlarmIn(tx, by, given, at));
}

export async function closeAlarmIn(
  tx: Tx,
  by: Actor,
  given: { id: string; reason: string },
  at: Date,
): Promise<ClosedAlarm> {
  if (!UUID.test(given.id)) return { outcome: 'unknown-alarm' };
  const [alarm] = await selectAlarms(tx, { id: given.id, limit: 1 });
  if (!alarm) return { outcome: 'unknown-alarm' };
  if (!(await closeAlarm(tx, { ...given, by, at }))) return { outcome: 'already-closed' };
  const details = { alarm: alarm.id, rule: alarm.rule };
  await record(tx, by, { name: 'alarm.closed', details, reason: given.reason }, at);
  return { outcome: 'closed' };
}

export const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
