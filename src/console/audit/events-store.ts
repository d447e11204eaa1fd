import { sql } from 'kysely';
import type { AuditEvent } from '../../audit/events.ts';
import type { Db } from '../../storage/postgres.ts';
import { belongedTo, type EventsWanted, eventsWithin, isOf, NAMED_PLACE, PLACED, ZONE } from './within.ts';

/** Who acted, and nothing nearer: `holder` is the person themselves, or a guardian. */
export type ActorKind = 'holder' | 'staff' | 'operator' | 'system';

export interface EventCount {
  /** `2026-11-26`, in Paris. */
  day: string;
  name: AuditEvent;
  actor: ActorKind;
  events: number;
  /** Of these, done to nobody who exists. */
  decoys: number;
}

/** Numbers alone: no person leaves this statement. */
export async function countEvents(db: Db, wanted: EventsWanted): Promise<EventCount[]> {
  const { rows } = await sql<EventCount>`
    select (e.at at time zone ${sql.lit(ZONE)})::date::text as day, e.name, ${actorKind} as actor,
      count(*)::int as events, count(decoy.person)::int as decoys
    from (${eventsWithin(wanted)}) e left join decoys decoy on decoy.person = e.subject
    group by 1, 2, 3`.execute(db);
  return rows;
}

export interface EventShown {
  id: number;
  at: Date;
  name: AuditEvent;
  actor: ActorKind;
  /** Within the area, of whoever it was done to; their number where it is not one. */
  schools: number;
  school: string | null;
}

/** The newest first, by their number in the audit. */
export async function selectEvents(
  db: Db,
  { limit, ...wanted }: EventsWanted & { limit: number },
): Promise<EventShown[]> {
  const { area } = wanted;
  const { rows } = await sql<EventShown>`
    select e.id, e.at, e.name, ${actorKind} as actor, place.schools, place.school
    from (select * from (${eventsWithin(wanted)}) within order by id desc limit ${limit}) e
    cross join lateral (
      select count(*)::int as schools, min(s.name) as school from establishments s
      where ${isOf(area, sql.ref('s.uai'))} and case
        when e.name = any(${[...PLACED]}::text[]) then s.uai = ${NAMED_PLACE}
        else s.uai in (select m.uai from memberships m where ${belongedTo(area, { person: 'e.subject', at: 'e.at' })})
      end) place
    order by e.id desc`.execute(db);
  return rows;
}

/** Whoever acted on somebody else, or on nobody, is staff where a right was theirs at that time. */
const actorKind = sql<ActorKind>`case
  when e.actor ->> 'kind' <> 'person' then e.actor ->> 'kind'
  when (e.actor ->> 'person')::int = e.subject then 'holder'
  when exists (select from rights r where r.person = (e.actor ->> 'person')::int
    and r.from_at <= e.at and coalesce(r.ended_at, r.until_at) >= e.at) then 'staff'
  else 'holder' end`;
