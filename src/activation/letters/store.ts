import { sql } from 'kysely';
import type { Actor } from '../../audit/actor.ts';
import { isNoPersona } from '../../directory/decoys.ts';
import type { Db, Tx } from '../../storage/postgres.ts';
import type { Whose } from './whose.ts';

export async function insertBatch(
  tx: Tx,
  batch: { uai: string | null; classId: number | undefined; whose: Whose; by: Actor; at: Date },
): Promise<string> {
  const { id } = await tx
    .insertInto('letter_batches')
    .values({
      uai: batch.uai,
      class_id: batch.classId ?? null,
      whose: batch.whose,
      printed_by: JSON.stringify(batch.by),
      printed_at: batch.at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/**
 * Holds the accounts that may get a letter: dormant, not locked, their key not dropped. In order, as everybody who
 * holds several does; an activation under way goes first or waits.
 */
export async function holdDormant(tx: Tx, persons: readonly number[], at: Date): Promise<DormantAccount[]> {
  const { rows } = await sql<DormantAccount>`
    select a.person, a.epoch
    ${dormantAmong(persons, at)}
    order by a.person
    for update of a`.execute(tx);
  return rows;
}

function dormantAmong(persons: readonly number[], at: Date) {
  return sql`
    from accounts a
    join account_states s on s.person = a.person and s.until_at is null and s.state = 'dormant'
    join person_keys k on k.person = a.person and k.wrapped is not null
    where a.person = any(${[...persons]}::int[]) and a.claimed_at is null and ${isNoPersona('a.person')}
      and not exists (select from locks l where l.person = a.person and l.lifted_at is null and l.from_at <= ${at}
                      and (l.until_at is null or l.until_at > ${at}))`;
}

export interface LettersToCome {
  letters: number;
  /** Of those before, which become void: not handed over yet, and handed over. */
  printed: number;
  handedOver: number;
}

/** What drawing letters for these would come to now. */
export async function countLetters(db: Db, persons: readonly number[], at: Date): Promise<LettersToCome> {
  const { rows } = await sql<LettersToCome>`
    select count(*)::int as letters, count(*) filter (where l.state = 'printed')::int as printed,
           count(*) filter (where l.state = 'handed-over')::int as "handedOver"
    from (select a.person ${dormantAmong(persons, at)}) dormant
    left join letters l on l.person = dormant.person and l.state in ('printed', 'handed-over')
      and l.expires_at > ${at}`.execute(db);
  return rows[0] ?? { letters: 0, printed: 0, handedOver: 0 };
}

export interface DormantAccount {
  person: number;
  epoch: number;
}

/**
 * Answers whose former letter this was the end of. One that time had ended already has ended then: nobody wrote it
 * down, for nothing but the clock had changed.
 */
export async function voidLetters(tx: Tx, persons: readonly number[], at: Date): Promise<VoidedLetter[]> {
  const { rows } = await sql<VoidedLetter>`
    update letters set state = 'void', ended_at = least(${at}::timestamptz, expires_at)
    where person = any(${[...persons]}::int[]) and state in ('printed', 'handed-over')
    returning id as letter, person, expires_at <= ${at} as "wasExpired"`.execute(tx);
  return rows;
}

export interface VoidedLetter {
  letter: string;
  person: number;
  wasExpired: boolean;
}

export interface NewLetter {
  person: number;
  number: number;
  epoch: number;
  codeDigest: Buffer;
}

export async function insertLetters(
  tx: Tx,
  letters: readonly NewLetter[],
  given: { batch: string; generation: number; at: Date; validFrom?: Date | undefined; expiresAt: Date },
): Promise<void> {
  const { batch, generation, at, validFrom, expiresAt } = given;
  await sql`
    insert into letters (person, epoch, code_digest, number, batch, state, generation, printed_at, valid_from,
                         expires_at)
    select person, epoch, code_digest, number, ${batch}::uuid, 'printed', ${generation}::bigint,
           ${at}::timestamptz, coalesce(${validFrom ?? null}::timestamptz, '-infinity'), ${expiresAt}::timestamptz
    from unnest(${letters.map(({ person }) => person)}::int[], ${letters.map(({ epoch }) => epoch)}::int[],
                ${letters.map(({ codeDigest }) => codeDigest)}::bytea[],
                ${letters.map(({ number }) => number)}::int[]) as drawn (person, epoch, code_digest, number)`.execute(
    tx,
  );
}

/** Of these, the dormant with a letter that is alive and who are more than pupils. In order, as everybody who holds several does. */
export async function holdSplitLetters(tx: Tx, persons: readonly number[], at: Date): Promise<number[]> {
  if (persons.length === 0) return [];
  const { rows } = await sql<{ person: number }>`
    select a.person from accounts a
    where a.person = any(${[...persons]}::int[]) and not a.claimed
      and exists (select from letters l where l.person = a.person and l.state in ('printed', 'handed-over')
                  and l.expires_at > ${at})
      and not exists (select from memberships m where m.person = a.person and m.until_at is null
                      and m.profile = 'pupil')
    order by a.person
    for update of a`.execute(tx);
  return rows.map(({ person }) => person);
}
