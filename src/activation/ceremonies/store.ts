import { sql } from 'kysely';
import type { Tx } from '../../storage/postgres.ts';
import type { LetterState } from '../../storage/schema.ts';

export interface Tried {
  letter: string;
  person: number;
  letterState: LetterState;
  letterEpoch: number;
  letterGeneration: number;
  isExpired: boolean;
  /** The newest window open now that lists this person. */
  window: string | null;
  windowGeneration: number | null;
  wordDigest: Buffer | null;
  /** This try was counted, and was not one too many. */
  isReserved: boolean;
}

/**
 * A code, the window it may be used in, and the counting of one try at the word, in one statement: the row lock makes
 * any number of tries at once come one after the other, and the condition is read again after each wait.
 */
export async function reserveTry(
  tx: Tx,
  given: { codeDigest: Buffer; limit: number; at: Date },
): Promise<Tried | undefined> {
  const { codeDigest, limit, at } = given;
  const { rows } = await sql<Tried>`
    with letter as (
      select * from letters where code_digest = ${codeDigest}
    ), open_window as (
      select w.id, w.generation, w.word_digest
      from letter l
      join activation_window_pupils p on p.person = l.person
      join activation_windows w on w.id = p.window_id
      where l.state in ('printed', 'handed-over') and l.expires_at > ${at}
        and w.closed_at is null and w.opened_at <= ${at} and w.closes_at > ${at}
      order by w.opened_at desc, w.id limit 1
    ), tried as (
      update activation_window_pupils t set wrong_words = t.wrong_words + 1
      from letter l, open_window w
      where t.window_id = w.id and t.person = l.person and t.wrong_words < ${limit}
      returning t.window_id
    )
    select l.id as letter, l.person, l.state as "letterState", l.epoch as "letterEpoch",
           l.generation as "letterGeneration", l.expires_at <= ${at} as "isExpired",
           w.id as window, w.generation as "windowGeneration", w.word_digest as "wordDigest",
           exists (select from tried) as "isReserved"
    from letter l left join open_window w on true`.execute(tx);
  return rows[0];
}

export async function giveTryBack(tx: Tx, given: { window: string; person: number }): Promise<void> {
  await tx
    .updateTable('activation_window_pupils')
    .set((eb) => ({ wrong_words: eb('wrong_words', '-', 1) }))
    .where('window_id', '=', given.window)
    .where('person', '=', given.person)
    .where('wrong_words', '>', 0)
    .execute();
}
