import { sql } from 'kysely';
import type { Actor } from '../audit/actor.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { Alarm } from './alarm.ts';
import type { NewAlarm } from './raise.ts';
import type { AlarmRule } from './rules.ts';

/**
 * One open alarm per rule and key, whoever else raises it at the same moment; and what was closed is not raised again
 * by the facts it was closed over.
 */
export async function insertAlarm(tx: Db | Tx, alarm: NewAlarm): Promise<string | undefined> {
  const { rule, key = null, uai = null, academie = null, person = null, session = null, details, at } = alarm;
  const { rows } = await sql<{ id: string }>`
    insert into alarms (rule, key, uai, academie, person, session_digest, details, raised_at)
    select ${rule}::text, ${key}::text, ${uai}::text,
           coalesce(${academie}::text, (select e.academie from establishments e where e.uai = ${uai})),
           ${person}::int, ${session}::bytea, ${JSON.stringify(details)}::jsonb, ${at}::timestamptz
    where not exists (select from alarms former where former.rule = ${rule} and former.key = ${key}
                      and former.closed_at >= ${alarm.factAt ?? at}::timestamptz)
    on conflict (rule, key) where closed_at is null do nothing
    returning id`.execute(tx);
  return rows[0]?.id;
}

export async function closeAlarm(
  tx: Tx,
  given: { id: string; by: Actor; reason: string; at: Date },
): Promise<boolean> {
  const closed = await tx
    .updateTable('alarms')
    .set({ closed_at: given.at, closed_by: JSON.stringify(given.by), close_reason: given.reason })
    .where('id', '=', given.id)
    .where('closed_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return closed !== undefined;
}

export interface Wanted {
  id?: string | undefined;
  uais?: readonly string[] | undefined;
  academies?: readonly string[] | undefined;
  state?: 'open' | 'closed' | undefined;
  limit: number;
}

/** The newest first; of these schools or of these académies where either is named. */
export async function selectAlarms(db: Db | Tx, wanted: Wanted): Promise<Alarm[]> {
  const { id = null, uais = null, academies = null, state = null, limit } = wanted;
  const { rows } = await sql<Row>`
    select a.id, a.rule, a.uai, e.name as school, a.academie, a.person, a.session_digest as session, a.details,
           a.raised_at as "raisedAt", a.paused_by as "pausedBy", coalesce(o.ended_at, o.ends_at) as "pausedUntil",
           a.closed_at as "closedAt", a.closed_by as "closedBy", a.close_reason as "closeReason"
    from alarms a
    left join establishments e on e.uai = a.uai
    left join orders o on o.id = a.paused_by
    where (${id}::uuid is null or a.id = ${id}::uuid)
      and (${state}::text is null or (a.closed_at is null) = (${state}::text = 'open'))
      and ((${uais}::text[] is null and ${academies}::text[] is null)
           or a.uai = any(${uais}::text[]) or a.academie = any(${academies}::text[]))
    order by a.raised_at desc, a.id
    limit ${limit}`.execute(db);
  return rows.map(alarmOf);
}

interface Row {
  id: string;
  rule: string;
  uai: string | null;
  school: string | null;
  academie: string | null;
  person: number | null;
  session: Buffer | null;
  details: Record<string, unknown>;
  raisedAt: Date;
  pausedBy: string | null;
  pausedUntil: Date | null;
  closedAt: Date | null;
  closedBy: Actor | null;
  closeReason: string | null;
}

function alarmOf(row: Row): Alarm {
  const { pausedBy, pausedUntil, closedAt, closedBy, closeReason } = row;
  return {
    id: row.id,
    rule: row.rule as AlarmRule,
    uai: row.uai ?? undefined,
    school: row.school ?? undefined,
    academie: row.academie ?? undefined,
    person: row.person ?? undefined,
    session: row.session?.toString('hex'),
    details: row.details,
    raisedAt: row.raisedAt,
    pause: pausedBy === null ? undefined : { order: pausedBy, until: pausedUntil ?? undefined },
    closed: closedAt && closedBy ? { at: closedAt, by: closedBy, reason: closeReason ?? '' } : undefined,
  };
}

/**
 * The open alarm over these facts, whose pause had ended by its own time when they went on: where somebody ended it, they
 * knew why. Held to the end of the transaction, so that of several who look one pauses again.
 */
export async function holdOutlastedPause(
  tx: Tx,
  { rule, key, factAt }: { rule: AlarmRule; key: string; factAt: Date },
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select a.id from alarms a join orders o on o.id = a.paused_by
    where a.rule = ${rule} and a.key = ${key} and a.closed_at is null
      and o.ended_at is null and o.ends_at <= ${factAt}::timestamptz
    for update of a`.execute(tx);
  return rows[0]?.id;
}

export async function notePause(tx: Tx, { alarm, order }: { alarm: string; order: string }): Promise<void> {
  await tx.updateTable('alarms').set({ paused_by: order }).where('id', '=', alarm).execute();
}
