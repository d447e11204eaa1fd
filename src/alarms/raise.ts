import { type Details, record } from '../audit/record.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { addJob } from '../storage/queue.ts';
import type { AlarmRule } from './rules.ts';
import { insertAlarm } from './store.ts';

export interface NewAlarm {
  rule: AlarmRule;
  uai?: string | undefined;
  academie?: string | undefined;
  /** Whom it is about, or who did it; the rule says which. */
  person?: number | undefined;
  /** The digest of its uid. */
  session?: Buffer | undefined;
  /** The figures: numbers, ids and states; never a name, an address or a code. */
  details: Details;
  /** While an alarm of this rule and key is open there is no second. */
  key?: string | undefined;
  /** Of the newest of the facts, where they are older than the alarm. */
  factAt?: Date | undefined;
  at: Date;
}

/** In the transaction of what it is about. Answers the id of the alarm; undefined where one is open already. */
export async function raise(tx: Db | Tx, alarm: NewAlarm): Promise<string | undefined> {
  const id = await insertAlarm(tx, alarm);
  if (id === undefined) return undefined;
  const { rule, person, uai = null } = alarm;
  const details = { alarm: id, rule, uai, figures: alarm.details };
  await record(
    tx,
    ALARMS,
    { name: 'alarm.raised', ...(person !== undefined && { subject: person }), details },
    alarm.at,
  );
  await tell(tx, id);
  return id;
}

/** Those who must know (tasks.ts). */
export function tell(tx: Db | Tx, alarm: string): Promise<void> {
  return addJob(tx, { task: ALARM_TASK, payload: { alarm } });
}

export const ALARM_TASK = 'alarms.tell';

export const ALARMS = { kind: 'system', name: 'alarms' } as const;
