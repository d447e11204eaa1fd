import { sql } from 'kysely';
import type { Find } from './finding.ts';

interface Seen {
  way: 'opened' | 'found' | 'printed';
  /** Null where whoever wrote the refusal down named none. */
  session: Buffer | null;
  reader: number;
  uai: string;
  factAt: Date;
  decoys: number;
}

/**
 * Nobody has a reason to open the record of somebody who does not exist or to print their letter, or an identifier to
 * find them by; tried from outside their reach, it was refused, and is an alarm all the same.
 */
export const findDecoysSeen: Find = async (db, { since, at }) => {
  const { rows } = await sql<Seen>`
    with seen as (
      select way, session_digest as session, reader, uai, at, person from decoy_sightings
      where way in ('opened', 'found', 'printed') and at > ${since} and at <= ${at}
      union all
      select case e.details ->> 'way' when 'identifier' then 'found' else 'opened' end,
             decode(e.details ->> 'session', 'hex'), (e.actor ->> 'person')::int, d.uai, e.at, d.person
      from audit_events e join decoys d on d.person = e.subject
      where e.name = 'reading.refused' and e.at > ${since} and e.at <= ${at})
    select way, session, reader, uai, max(at) as "factAt", count(distinct person)::int as decoys
    from seen group by way, session, reader, uai`.execute(db);
  return rows.map(({ way, session, reader, uai, factAt, decoys }) => ({
    ...({ rule: `decoy-${way}`, uai, person: reader, session: session ?? undefined, factAt } as const),
    ...{ key: `${session?.toString('hex') ?? `reader ${reader}`} ${uai}`, details: { decoys } },
  }));
};

interface Listed {
  session: Buffer;
  reader: number;
  factAt: Date;
  schools: string[];
  academies: string[];
}

/** The class list of one school is a day's work; those of two, by one session, is a harvest. */
export const findDecoysListed: Find = async (db, { since, at }) => {
  const { rows } = await sql<Listed>`
    select s.session_digest as session, min(s.reader) as reader, max(s.at) as "factAt",
           array_agg(distinct s.uai order by s.uai) as schools, array_agg(distinct e.academie) as academies
    from decoy_sightings s join establishments e on e.uai = s.uai
    where s.way = 'listed' and s.at <= ${at} and s.session_digest in (
      select session_digest from decoy_sightings where way = 'listed' and at > ${since} and at <= ${at})
    group by s.session_digest having count(distinct s.uai) > 1`.execute(db);
  return rows.map(({ session, reader, factAt, schools, academies }) => ({
    ...{ rule: 'decoys-of-two-schools', person: reader, session, factAt },
    ...(academies.length === 1 && { academie: academies[0] }),
    ...{ key: session.toString('hex'), details: { schools } },
  }));
};
