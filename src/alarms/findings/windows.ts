import { sql } from 'kysely';
import type { Find } from './finding.ts';

interface Guessed {
  window: string;
  className: string;
  uai: string;
  factAt: Date;
  wrongWords: number;
  letters: number;
  address: string | null;
  source: string | null;
}

/**
 * A class mistypes its word now and then; a window that closed over it was guessed at by whoever holds several of its
 * letters, or by pupils who play. The address is where the last of those words was typed.
 */
export const findGuessedWindows: Find = async (db, { since, at }) => {
  const { rows } = await sql<Guessed>`
    select w.id as window, c.code as "className", c.uai, max(e.at) as "factAt", w.wrong_words as "wrongWords",
           (select count(*)::int from activation_window_pupils p where p.window_id = w.id and p.wrong_words > 0) as letters,
           max(e.details ->> 'address') as address, max(e.details ->> 'source') as source
    from audit_events e
    join activation_windows w on w.id = (e.details ->> 'window')::uuid
    join classes c on c.id = w.class_id
    where e.name = 'activation.window-closed' and e.at > ${since} and e.at <= ${at}
      and e.details ->> 'because' = 'wrong-words'
    group by w.id, c.id`.execute(db);
  return rows.map(({ window, className, uai, factAt, wrongWords, ...from }) => ({
    ...{ rule: 'window-guessed', uai, key: window, factAt },
    details: { window, class: className, wrong_words: wrongWords, ...from },
  }));
};
