import { sql } from 'kysely';
import type { Find } from './finding.ts';

interface VoidCode {
  letter: string;
  person: number;
  uai: string;
  factAt: Date;
  because: string;
  uses: number;
  address: string | null;
  source: string | null;
}

/** Reprinted, out of time, or cut off by an order: whoever types it holds a paper that should be worth nothing. */
export const findVoidCodes: Find = async (db, { since, at }) => {
  const { rows } = await sql<VoidCode>`
    select l.id as letter, l.person, b.uai, max(e.at) as "factAt", min(e.details ->> 'because') as because,
           count(*)::int as uses, min(e.details ->> 'address') as address, min(e.details ->> 'source') as source
    from audit_events e
    join letters l on l.id = (e.details ->> 'letter')::uuid
    join letter_batches b on b.id = l.batch
    where e.name = 'activation.refused' and e.at > ${since} and e.at <= ${at}
      and e.details ->> 'because' in ('void-letter', 'expired-letter', 'cut-off')
    group by l.id, b.uai`.execute(db);
  return rows.map(({ letter, person, uai, factAt, ...figures }) => ({
    ...{ rule: 'void-code-used', uai, person, key: letter, factAt },
    details: { letter, ...figures },
  }));
};

interface Bait {
  id: string;
  uai: string;
  factAt: Date;
  uses: number;
  source: string | null;
  printedAt: Date;
  /** Of the staff, at the console; null: an operator. */
  person: number | null;
  session: Buffer | null;
}

/** Where staff had it printed, it is about them: the paper was in their hands first. */
export const findBaitUsed: Find = async (db, { since, at }) => {
  const { rows } = await sql<Bait>`
    select id, uai, last_used_at as "factAt", uses, last_used_from as source, printed_at as "printedAt",
           (printed_by ->> 'person')::int as person, session_digest as session
    from bait_letters where last_used_at > ${since} and last_used_at <= ${at}`.execute(db);
  return rows.map(({ id, uai, factAt, uses, source, printedAt, person, session }) => ({
    ...{ rule: 'bait-used', uai, key: id, factAt },
    ...{ person: person ?? undefined, session: session ?? undefined },
    details: { bait: id, uses, source, printed_at: printedAt.toISOString() },
  }));
};
