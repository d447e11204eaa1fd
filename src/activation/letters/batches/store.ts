import { sql } from 'kysely';
import type { Actor } from '../../../audit/actor.ts';
import type { Db, Tx } from '../../../storage/postgres.ts';
import type { Whose } from '../whose.ts';

/**
 * Everybody whose letter is in the pile is held, in order: an activation, a reprint or a lock under way goes first or
 * waits. Answers how many letters the pile has.
 */
export async function holdPeopleOf(tx: Tx, batch: string): Promise<number> {
  const { rows } = await sql`
    select a.person from accounts a
    where a.person in (select person from letters where batch = ${batch}::uuid)
    order by a.person
    for update of a`.execute(tx);
  return rows.length;
}

/** Where a pile belongs; its académie is that of its school now. */
export async function findPlaceOfBatch(
  db: Db | Tx,
  batch: string,
): Promise<{ uai: string; academie: string; className: string | undefined } | undefined> {
  const row = await db
    .selectFrom('letter_batches as b')
    .innerJoin('establishments as e', 'e.uai', 'b.uai')
    .leftJoin('classes as c', 'c.id', 'b.class_id')
    .select(['e.uai', 'e.academie', 'c.code'])
    .where('b.id', '=', batch)
    .executeTakeFirst();
  return row && { uai: row.uai, academie: row.academie, className: row.code ?? undefined };
}

/** Whose letter bears which number; a letter reprinted since keeps its number in its former pile. */
export async function lettersOfBatch(
  db: Db | Tx,
  batch: string,
): Promise<{ number: number; person: number }[]> {
  return db
    .selectFrom('letters')
    .select(['number', 'person'])
    .where('batch', '=', batch)
    .orderBy('number')
    .execute();
}

/** How many of a pile bear a decoy's name: for auditors alone. */
export async function countBaits(db: Db | Tx, batch: string): Promise<number> {
  const { rows } = await sql<{ baits: number }>`
    select count(*)::int as baits from letters l join decoys d on d.person = l.person
    where l.batch = ${batch}::uuid`.execute(db);
  return rows[0]?.baits ?? 0;
}

/** The piles of decoys that an operator's printing left, of which there is no paper: for operators alone. */
export async function selectPaperless(db: Db | Tx): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ batch: string }>`
    select distinct l.batch from decoys d join letters l on l.person = d.person
    join letter_batches b on b.id = l.batch
    where b.printed_by ->> 'kind' <> 'person'`.execute(db);
  return new Set(rows.map(({ batch }) => batch));
}

export interface HandedOverLetter {
  number: number;
  person: number;
}

/** Only what is `printed` and still alive moves: a letter that was used, void or too late stays what it is. */
export async function handOverLetters(
  tx: Tx,
  given: { batch: string; numbers: readonly number[]; by: Actor; at: Date; expiresAt: Date },
): Promise<HandedOverLetter[]> {
  const { batch, numbers, by, at, expiresAt } = given;
  const { rows } = await sql<HandedOverLetter>`
    update letters l set state = 'handed-over', handed_over_at = ${at}, handed_over_by = ${JSON.stringify(by)}::jsonb, expires_at = ${expiresAt}
    from accounts a
    where l.batch = ${batch}::uuid and l.number = any(${[...numbers]}::int[])
      and l.state = 'printed' and l.expires_at > ${at}
      and a.person = l.person and a.epoch = l.epoch
    returning l.number, l.person`.execute(tx);
  return rows.sort((one, other) => one.number - other.number);
}

/** A pile in numbers, each letter in one of the four lists: no person, no code. */
export interface Batch {
  id: string;
  uai: string;
  classId: number | null;
  className: string | null;
  whose: Whose;
  printedAt: Date;
  letters: number;
  printed: number[];
  handedOver: number[];
  used: number[];
  void: number[];
  /** Of those void: how many by time alone. */
  expired: number;
  /** When the first of those still only printed becomes void; null where there is none. */
  handOverBy: Date | null;
}

export interface Place {
  printedAt: Date;
  id: string;
}

export interface WhichBatches {
  uai?: string | undefined;
  /** null: the piles of no class. */
  classId?: number | null | undefined;
  id?: string | undefined;
  after?: Place | undefined;
  limit: number;
  at: Date;
}

/** The newest first. What time or a raised epoch ended is void here as it is where codes are accepted. */
export async function selectBatches(db: Db | Tx, which: WhichBatches): Promise<Batch[]> {
  const { uai, classId, id, after, limit, at } = which;
  const { rows } = await sql<Batch>`
    select b.id, b.uai, b.class_id as "classId", c.code as "className", b.whose, b.printed_at as "printedAt", pile.*
    from letter_batches b
    left join classes c on c.id = b.class_id
    cross join lateral (
      select count(*)::int as letters,
             ${numbersIn('printed')} as printed, ${numbersIn('handed-over')} as "handedOver",
             ${numbersIn('used')} as used, ${numbersIn('void')} as void,
             count(*) filter (where is_expired)::int as expired,
             min(expires_at) filter (where state = 'printed') as "handOverBy"
      from (
        select l.number, l.expires_at,
               case when l.state in ('used', 'void') then l.state
                    when l.expires_at <= ${at} or l.epoch <> a.epoch then 'void'
                    else l.state end as state,
               l.state <> 'used' and l.expires_at <= coalesce(l.ended_at, ${at}) as is_expired
        from letters l join accounts a on a.person = l.person
        where l.batch = b.id
      ) letter
    ) pile
    where ${uai === undefined ? sql`true` : sql`b.uai = ${uai}`}
      and ${classId === undefined ? sql`true` : sql`b.class_id is not distinct from ${classId}::int`}
      and ${id === undefined ? sql`b.uai is not null` : sql`b.id = ${id}::uuid`}
      and ${after ? sql`(b.printed_at, b.id) < (${after.printedAt}::timestamptz, ${after.id}::uuid)` : sql`true`}
    order by b.printed_at desc, b.id desc
    limit ${limit}`.execute(db);
  return rows;
}

function numbersIn(state: string) {
  return sql`coalesce(array_agg(number order by number) filter (where state = ${state}), '{}')`;
}
