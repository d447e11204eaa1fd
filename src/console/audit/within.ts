import { type RawBuilder, sql } from 'kysely';
import type { AuditEvent } from '../../audit/events.ts';
import type { Area } from './area.ts';

/** Days as people of the schools count them. */
export const ZONE = 'Europe/Paris';

export interface Period {
  area: Area;
  /** Today is one. */
  days: number;
  at: Date;
}

export interface EventsWanted extends Period {
  names: readonly AuditEvent[];
  /** Older than this number of the audit. */
  before?: number | undefined;
}

/** The events that name their place themselves. Any other is where the person it was done to belonged at that time. */
export const PLACED: readonly AuditEvent[] = [
  ...(['activation.window-closed', 'activation.window-opened'] as const),
  ...(['alarm.raised', 'canaries.bait-printed', 'canaries.created'] as const),
];

/** An event of neither kind is the nation's alone: its place would be a guess. */
export function eventsWithin(wanted: EventsWanted): RawBuilder<unknown> {
  const { area } = wanted;
  const asked = sql`e.name = any(${[...wanted.names]}::text[]) and ${isWithin('e.at', wanted)}
    and (${wanted.before ?? null}::bigint is null or e.id < ${wanted.before ?? null}::bigint)`;
  const columns = sql`e.id, e.at, e.name, e.actor, e.subject, e.details`;
  if (area.kind === 'nation') return sql`select ${columns} from audit_events e where ${asked}`;
  return sql`
    select ${columns} from ${peopleOf(area)} people join audit_events e on e.subject = people.person
    where ${asked} and e.name <> all(${[...PLACED]}::text[])
      and exists (select from memberships m where ${belongedTo(area, { person: 'e.subject', at: 'e.at' })})
    union all
    select ${columns} from audit_events e
    where ${asked} and e.name = any(${[...PLACED]}::text[]) and ${isOf(area, NAMED_PLACE)}`;
}

/** The lines about who belonged there when it left. Whoever belonged to two schools counts in both. */
export function linesWithin(wanted: Period): RawBuilder<unknown> {
  const { area } = wanted;
  const columns = sql`d.person, d.at, d.kind, d.context`;
  if (area.kind === 'nation')
    return sql`select ${columns} from disclosures d where ${isWithin('d.at', wanted)}`;
  return sql`
    select ${columns} from ${peopleOf(area)} people join disclosures d on d.person = people.person
    where ${isWithin('d.at', wanted)}
      and exists (select from memberships m where ${belongedTo(area, { person: 'd.person', at: 'd.at' })})`;
}

/** `m`: a membership of the person at that moment. One that ended with the event counts: closing an account is of its school. */
export function belongedTo(area: Area, { person, at }: { person: string; at: string }): RawBuilder<boolean> {
  return sql`m.person = ${sql.ref(person)} and m.from_at <= ${sql.ref(at)}
    and (m.until_at is null or m.until_at >= ${sql.ref(at)}) and ${isOf(area, sql.ref('m.uai'))}`;
}

export function isOf(area: Area, uai: RawBuilder<unknown>): RawBuilder<boolean> {
  switch (area.kind) {
    case 'nation':
      return sql<boolean>`${uai} is not null`;
    case 'academie':
      return sql<boolean>`${uai} in (select uai from establishments where academie = ${area.academie})`;
    case 'establishment':
      return sql<boolean>`${uai} = ${area.uai}`;
    default:
      return area satisfies never;
  }
}

/** Of an event `e` that names its place: a school, or a window, which is a class's. */
export const NAMED_PLACE = sql`case when starts_with(e.name, 'activation.window-') then (
    select c.uai from activation_windows w join classes c on c.id = w.class_id
    where w.id = (e.details ->> 'window')::uuid)
  else e.details ->> 'uai' end`;

function peopleOf(area: Area): RawBuilder<unknown> {
  return sql`(select distinct m.person from memberships m where ${isOf(area, sql.ref('m.uai'))})`;
}

function isWithin(column: string, { days, at }: Period): RawBuilder<boolean> {
  return sql`${sql.ref(column)} <= ${at}::timestamptz and ${sql.ref(column)} >= (
    date_trunc('day', ${at}::timestamptz at time zone ${sql.lit(ZONE)}) - make_interval(days => ${days - 1}::int)
  ) at time zone ${sql.lit(ZONE)}`;
}
