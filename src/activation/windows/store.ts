import { sql } from 'kysely';
import type { Actor } from '../../audit/actor.ts';
import type { Db, Tx } from '../../storage/postgres.ts';

export interface NewWindow {
  classId: number;
  wordDigest: Buffer;
  by: Actor;
  generation: number;
  openedAt: Date;
  closesAt: Date;
}

/** Two that open the same class at once do it one after the other. */
export async function holdClass(tx: Tx, classId: number): Promise<void> {
  await tx.selectFrom('classes').select('id').where('id', '=', classId).forUpdate().execute();
}

export async function insertWindow(tx: Tx, window: NewWindow): Promise<string> {
  const opener = window.by.kind === 'person' ? window.by.person : null;
  const { id } = await tx
    .insertInto('activation_windows')
    .values({
      class_id: window.classId,
      word_digest: window.wordDigest,
      opened_by: JSON.stringify(window.by),
      opener_epoch: sql`(select epoch from accounts where person = ${opener}::int)`,
      generation: window.generation,
      opened_at: window.openedAt,
      closes_at: window.closesAt,
      closed_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

export async function insertPupils(tx: Tx, window: string, persons: readonly number[]): Promise<void> {
  const rows = persons.map((person) => ({ window_id: window, person }));
  await tx.insertInto('activation_window_pupils').values(rows).execute();
}

/** The pupils of a class now, with what can be said of them without opening a name. */
export async function selectPupils(db: Db | Tx, classId: number, at: Date): Promise<Pupil[]> {
  const { rows } = await sql<Pupil>`
    select distinct m.person, p.id as "personId", s.state = 'dormant' as "isDormant"
    from memberships m
    join persons p on p.number = m.person
    join account_states s on s.person = m.person and s.until_at is null
    where m.class_id = ${classId} and m.profile = 'pupil' and m.from_at <= ${at}
      and (m.until_at is null or m.until_at > ${at})
    order by m.person`.execute(db);
  return rows;
}

export interface Pupil {
  person: number;
  personId: string;
  isDormant: boolean;
}

export async function teachesClass(
  db: Db | Tx,
  { person, classId, at }: { person: number; classId: number; at: Date },
): Promise<boolean> {
  const { rows } = await sql`
    select from memberships m
    where m.person = ${person} and m.class_id = ${classId} and m.profile = 'teacher' and m.from_at <= ${at}
      and (m.until_at is null or m.until_at > ${at})
    limit 1`.execute(db);
  return rows.length === 1;
}

/** Members of the staff who printed, or ticked as handed over, a letter that these persons could still use. */
export async function selectHolders(db: Db | Tx, persons: readonly number[]): Promise<number[]> {
  const { rows } = await sql<{ holder: number }>`
    select distinct (hand ->> 'person')::int as holder
    from letters l join letter_batches b on b.id = l.batch
    cross join lateral (values (b.printed_by), (l.handed_over_by)) held (hand)
    where l.person = any(${[...persons]}::int[]) and l.state in ('printed', 'handed-over')
      and hand ->> 'kind' = 'person'`.execute(db);
  return rows.map(({ holder }) => holder);
}

/** Also those whose time ran out: a class has one open row at most. Answers those that were still open. */
export async function endWindowsOfClass(tx: Tx, classId: number, at: Date): Promise<string[]> {
  return endWindows(tx, sql`class_id = ${classId}`, at);
}

export async function endWindow(tx: Tx, id: string, at: Date): Promise<string | undefined> {
  const [ended] = await endWindows(tx, sql`id = ${id}::uuid`, at);
  return ended;
}

async function endWindows(tx: Tx, which: ReturnType<typeof sql>, at: Date): Promise<string[]> {
  const { rows } = await sql<{ id: string; wasOpen: boolean }>`
    update activation_windows set closed_at = least(${at}::timestamptz, closes_at)
    where closed_at is null and ${which}
    returning id, closes_at > ${at} as "wasOpen"`.execute(tx);
  return rows.filter(({ wasOpen }) => wasOpen).map(({ id }) => id);
}

export interface WindowPlace {
  id: string;
  uai: string;
  academie: string;
  className: string;
  openedAt: Date;
  closesAt: Date;
  closedAt: Date | null;
  /** `wrong-words`: too many were typed, from however many letters. */
  closedBecause: string | null;
  openedBy: Actor;
  /** What their account had then: a higher one of now is another's, or theirs after something was wrong. */
  openerEpoch: number | null;
}

export async function findWindow(db: Db | Tx, id: string): Promise<WindowPlace | undefined> {
  const { rows } = await sql<WindowPlace>`
    select w.id, c.uai, e.academie, c.code as "className", w.opened_at as "openedAt", w.closes_at as "closesAt",
           w.closed_at as "closedAt", w.closed_because as "closedBecause", w.opened_by as "openedBy",
           w.opener_epoch as "openerEpoch"
    from activation_windows w join classes c on c.id = w.class_id join establishments e on e.uai = c.uai
    where w.id = ${id}::uuid`.execute(db);
  return rows[0];
}

export interface WindowPupil {
  person: number;
  /** Since this window was opened, or before: nobody claims twice. */
  hasClaimed: boolean;
}

export async function pupilsOfWindow(db: Db | Tx, id: string): Promise<WindowPupil[]> {
  const { rows } = await sql<WindowPupil>`
    select p.person, a.claimed as "hasClaimed"
    from activation_window_pupils p join accounts a on a.person = p.person
    where p.window_id = ${id}::uuid order by p.person`.execute(db);
  return rows;
}

export interface OpenWindow {
  id: string;
  uai: string;
  className: string;
  openedAt: Date;
  closesAt: Date;
  openedBy: Actor;
  pupils: number;
  claimed: number;
}

/** Of these schools, or of one académie; of everybody where nothing is said. */
export interface Where {
  uais?: readonly string[] | null;
  academie?: string | null;
}

/** Open now, the newest first: numbers only, no name and no word. */
export async function selectOpenWindows(
  db: Db | Tx,
  at: Date,
  { uais = null, academie = null }: Where = {},
): Promise<OpenWindow[]> {
  const { rows } = await sql<OpenWindow>`
    select w.id, c.uai, c.code as "className", w.opened_at as "openedAt", w.closes_at as "closesAt",
           w.opened_by as "openedBy", count(p.person)::int as pupils,
           count(a.person) filter (where a.claimed)::int as claimed
    from activation_windows w
    join classes c on c.id = w.class_id
    left join activation_window_pupils p on p.window_id = w.id
    left join accounts a on a.person = p.person
    where w.closed_at is null and w.opened_at <= ${at} and w.closes_at > ${at}
      and (${uais && [...uais]}::text[] is null or c.uai = any(${uais && [...uais]}::text[]))
      and (${academie}::text is null or c.uai in (select uai from establishments where academie = ${academie}))
    group by w.id, c.id
    order by w.opened_at desc, w.id`.execute(db);
  return rows;
}
