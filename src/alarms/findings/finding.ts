import type { Settings } from '../../settings.ts';
import type { Db } from '../../storage/postgres.ts';
import type { NewAlarm } from '../raise.ts';

/** What a rule found among the facts: an alarm, if none of its rule and key is open. */
export type Finding = Omit<NewAlarm, 'at'> & { key: string; factAt: Date };

export interface Asked {
  /** Facts later than this are new since the last look. */
  since: Date;
  at: Date;
  figures: Settings['alarms']['figures'];
}

/** One rule, by one statement over what audit and letters hold. */
export type Find = (db: Db, asked: Asked) => Promise<Finding[]>;

const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export function before(at: Date, { minutes = 0, hours = 0 }: { minutes?: number; hours?: number }): Date {
  return new Date(at.getTime() - minutes * MINUTE - hours * HOUR);
}
