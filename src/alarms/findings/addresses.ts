import { sql } from 'kysely';
import { before, type Find } from './finding.ts';

interface Claims {
  source: string;
  address: string;
  factAt: Date;
  schools: number;
  claims: number;
}

export const findManySchools: Find = async (db, { since, at, figures }) => {
  const { schools, hours } = figures['address-many-schools'];
  const { rows } = await sql<Claims>`
    with fresh as (
      select distinct details ->> 'source' as source from audit_events
      where name = 'letter.used' and at > ${since} and at <= ${at} and details ? 'source'
    )
    select f.source, min(e.details ->> 'address') as address, max(e.at) as "factAt",
           count(distinct b.uai)::int as schools, count(*)::int as claims
    from fresh f
    join audit_events e on e.details ->> 'source' = f.source and e.name = 'letter.used'
      and e.at > ${before(at, { hours })} and e.at <= ${at}
    join letter_batches b on b.id = (e.details ->> 'batch')::uuid
    group by f.source having count(distinct b.uai) > ${schools}`.execute(db);
  return rows.map(({ source, address, factAt, ...found }) => ({
    ...{ rule: 'address-many-schools', key: source, factAt },
    details: { address, source, ...found, hours },
  }));
};

interface Tries {
  source: string;
  address: string;
  factAt: Date;
  unknownCodes: number;
  letters: number;
  schools: number;
}

/**
 * Codes that are no letter's, more than a class mistypes; or letters of several schools. A wrong word with the right
 * code is a child in class: it counts for its school alone.
 */
export const findManyCodes: Find = async (db, { since, at, figures }) => {
  const { codes, minutes, schools, hours } = figures['address-many-codes'];
  const { rows } = await sql<Tries>`
    with fresh as (
      select distinct details ->> 'source' as source from audit_events
      where name = 'activation.refused' and at > ${since} and at <= ${at} and details ? 'source'
    )
    select f.source, min(e.details ->> 'address') as address, max(e.at) as "factAt",
           count(*) filter (where e.details ->> 'because' = 'unknown-code'
                            and e.at > ${before(at, { minutes })})::int as "unknownCodes",
           count(distinct l.id)::int as letters, count(distinct b.uai)::int as schools
    from fresh f
    join audit_events e on e.details ->> 'source' = f.source and e.name = 'activation.refused'
      and e.at > ${before(at, { hours })} and e.at <= ${at}
    left join letters l on l.id = (e.details ->> 'letter')::uuid
    left join letter_batches b on b.id = l.batch
    group by f.source`.execute(db);
  return rows
    .filter((tries) => tries.unknownCodes > codes || tries.schools > schools)
    .map(({ source, address, factAt, unknownCodes, letters, schools: found }) => ({
      ...{ rule: 'address-many-codes', key: source, factAt },
      details: { address, source, unknown_codes: unknownCodes, minutes, letters, schools: found, hours },
    }));
};
