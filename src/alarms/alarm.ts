import type { Actor } from '../audit/actor.ts';
import type { AlarmRule } from './rules.ts';

/** An alarm as people read it. */
export interface Alarm {
  id: string;
  rule: AlarmRule;
  uai: string | undefined;
  school: string | undefined;
  academie: string | undefined;
  person: number | undefined;
  /** The session it names: hexadecimal, as the ledger and the audit show it. */
  session: string | undefined;
  details: Readonly<Record<string, unknown>>;
  raisedAt: Date;
  /** The order by which it paused claims of the school by itself, and until when. */
  pause: { order: string; until: Date | undefined } | undefined;
  closed: { at: Date; by: Actor; reason: string } | undefined;
}

/** About what they did themselves: they are not told, neither see it nor close it. */
export function isOwnAct({ person, details }: Alarm, reader: number): boolean {
  return person === reader || [details.reset_by, details.given_by].flat().includes(reader);
}
