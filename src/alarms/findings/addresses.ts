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

interface Codes {
  source: string;
  address: string;
  factAt: Date;
  codes: number;
}

/** Codes that are no letter's, more than a class mistypes, in any span of minutes that ends with a new one. */
export const findManyCodes: Find = async (db, { since, at, figures }) => {
  const { codes, minutes } = figures['address-many-codes'];
  const { rows } = await sql<Codes>`
    with typed as (
      select at, details ->> 'source' as source, details ->> 'address' as address
      from audit_events
      where name = 'activation.refused' and at > ${before(since, { minutes })} and at <= ${at}
        and details ->> 'because' = 'unknown-code' and details ? 'source'
    ), counted as (
      select *, count(*) over (
        partition by source order by at
        range between make_interval(mins => ${minutes}::int) preceding and current row)::int as codes
      from typed
    )
    select distinct on (source) source, address, at as "factAt", codes from counted
    where codes > ${codes} and at > ${since} order by source, at desc`.execute(db);
  return rows.map(({ source, address, factAt, codes: typed }) => ({
    ...{ rule: 'address-many-codes', key: source, factAt },
    details: { address, source, unknown_codes: typed, minutes },
  }));
};

interface Letters {
  source: string;
  address: string;
  factAt: Date;
  letters: number;
  schools: number;
}

/** Right codes that did not open, of several schools: whoever holds such letters is no family. */
export const findManyLetters: Find = async (db, { since, at, figures }) => {
  const { schools, hours } = figures['address-many-codes'];
  const { rows } = await sql<Letters>`
    with fresh as (
      select distinct details ->> 'source' as source from audit_events
      where name = 'activation.refused' and at > ${since} and at <= ${at}
        and details ? 'source' and details ? 'letter'
    )
    select f.source, min(e.details ->> 'address') as address, max(e.at) as "factAt",
           count(distinct l.id)::int as letters, count(distinct b.uai)::int as schools
    from fresh f
    join audit_events e on e.details ->> 'source' = f.source and e.name = 'activation.refused'
      and e.at > ${before(at, { hours })} and e.at <= ${at}
    join letters l on l.id = (e.details ->> 'letter')::uuid
    join letter_batches b on b.id = l.batch
    group by f.source having count(distinct b.uai) > ${schools}`.execute(db);
  return rows.map(({ source, address, factAt, ...found }) => ({
    ...{ rule: 'address-many-codes', key: source, factAt },
    details: { address, source, ...found, hours },
  }));
};
