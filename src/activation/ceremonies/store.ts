import { sql } from 'kysely';
import type { Tx } from '../../storage/postgres.ts';
import type { FoundLetter } from './letter.ts';

export interface Tried extends FoundLetter {
  /** The newest window open now that lists this person. */
  window: string | null;
  windowGeneration: number | null;
  wordDigest: Buffer | null;
  /** This try was counted, on the letter and on the window, and was not one too many. */
  isReserved: boolean;
}

/** Of the letter `l`. */
export function timesOfLetter(at: Date) {
  return sql`l.expires_at <= ${at} as "isExpired", l.valid_from > ${at} as "isEarly"`;
}

/**
 * A code, the window it may be used in, and the counting of one try at the word, in one statement: the row lock makes
 * any number of tries at once come one after the other, and the condition is read again after each wait. The window
 * counts only what the letter did: one letter alone can never use up what all have.
 */
export async function reserveTry(
  tx: Tx,
  given: { codeDigest: Buffer; limits: { perLetter: number; perWindow: number }; at: Date },
): Promise<Tried | undefined> {
  const { codeDigest, limits, at } = given;
  const { rows } = await sql<Tried>`
    with letter as (
      select * from letters where code_digest = ${codeDigest}
    ), open_window as (
      select w.id, w.generation, w.word_digest
      from letter l
      join activation_window_pupils p on p.person = l.person
      join activation_windows w on w.id = p.window_id
      where l.state in ('printed', 'handed-over') and l.expires_at > ${at} and l.valid_from <= ${at}
        and w.closed_at is null and w.opened_at <= ${at} and w.closes_at > ${at}
      order by w.opened_at desc, w.id limit 1
    ), tried as (
      update activation_window_pupils t set wrong_words = t.wrong_words + 1
      from letter l, open_window w
      where t.window_id = w.id and t.person = l.person and t.wrong_words < ${limits.perLetter}
      returning t.window_id
    ), counted as (
      update activation_windows w set wrong_words = w.wrong_words + 1
      from tried
      where w.id = tried.window_id and w.wrong_words < ${limits.perWindow} and w.closed_at is null
      returning w.id
    )
    select l.id as letter, l.person, l.state as "letterState", l.epoch as "letterEpoch",
           l.generation as "letterGeneration", ${timesOfLetter(at)},
           w.id as window, w.generation as "windowGeneration", w.word_digest as "wordDigest",
           exists (select from counted) as "isReserved"
    from letter l left join open_window w on true`.execute(tx);
  return rows[0];
}

export async function giveTryBack(tx: Tx, given: { window: string; person: number }): Promise<void> {
  const { window, person } = given;
  await sql`
    with pupil as (
      update activation_window_pupils set wrong_words = wrong_words - 1
      where window_id = ${window}::uuid and person = ${person} and wrong_words > 0
    )
    update activation_windows set wrong_words = wrong_words - 1
    where id = ${window}::uuid and wrong_words > 0`.execute(tx);
}

/** As many wrong words as a window takes, from whatever letters: it is closed, and says why where it is shown. */
export async function closeExhausted(
  tx: Tx,
  given: { window: string | undefined; limit: number; at: Date },
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    update activation_windows set closed_at = least(${given.at}::timestamptz, closes_at), closed_because = 'wrong-words'
    where id = ${given.window ?? null}::uuid and wrong_words >= ${given.limit} and closed_at is null
    returning id`.execute(tx);
  return rows[0]?.id;
}
