import { sql } from 'kysely';
import { isSomebody } from '../../directory/decoys.ts';
import { before, type Find } from './finding.ts';

interface Burst {
  uai: string;
  factAt: Date;
  claims: number;
  handedOver: number;
}

/**
 * In any span of minutes that ends with a new claim, however long nobody looked. A class window is a whole class at
 * once by its nature; what it lets in was ticked by somebody in the room.
 */
export const findClaimsBurst: Find = async (db, { since, at, figures }) => {
  const { claims, percent, minutes, handedOverHours } = figures['claims-burst'];
  const { rows } = await sql<Burst>`
    with claimed as (
      select b.uai, e.at, count(*) over (
               partition by b.uai order by e.at
               range between make_interval(mins => ${minutes}::int) preceding and current row)::int as claims
      from audit_events e
      join letter_batches b on b.id = (e.details ->> 'batch')::uuid
      join accounts a on a.person = e.subject
      where e.name = 'letter.used' and e.at > ${before(since, { minutes })} and e.at <= ${at}
        and a.claimed_by is distinct from 'class-window'
    ), newest as (
      select distinct on (uai) uai, at, claims from claimed where claims > ${claims} and at > ${since}
      order by uai, at desc
    )
    select n.uai, n.at as "factAt", n.claims, (
      select count(*)::int from letters l join letter_batches b on b.id = l.batch
      where b.uai = n.uai and l.handed_over_at <= n.at and ${isSomebody('l.person')}
        and l.handed_over_at > n.at - make_interval(hours => ${handedOverHours}::int)) as "handedOver"
    from newest n`.execute(db);
  return rows
    .filter((burst) => burst.claims * 100 > burst.handedOver * percent)
    .map(({ uai, factAt, claims: found, handedOver }) => ({
      ...{ rule: 'claims-burst', uai, key: uai, factAt },
      details: { claims: found, minutes, handed_over: handedOver, handed_over_hours: handedOverHours },
    }));
};

interface Elsewhere {
  event: number;
  person: number;
  uai: string | null;
  factAt: Date;
  resetAt: Date;
  resetBy: number[];
  address: string | null;
  source: string | null;
}

/**
 * From where the owner neither claimed nor signed in before the reset (by range, as records keep it). The office where
 * the reset was started is no such place: who starts one is who must not claim. A file that leaves somebody out, and
 * the next one that names them again, are a reset by another name: an account in use is claimed anew. Whoever did
 * either is named, so that the alarm is not theirs to close.
 */
export const findClaimsElsewhere: Find = async (db, { since, at, figures }) => {
  const { days } = figures['claim-elsewhere-after-reset'];
  const { rows } = await sql<Elsewhere>`
    select e.id as event, e.subject as person, b.uai, e.at as "factAt", reset.at as "resetAt",
           reset.by as "resetBy", e.details ->> 'address' as address, e.details ->> 'source' as source
    from audit_events e
    left join letter_batches b on b.id = (e.details ->> 'batch')::uuid
    join lateral (
      select max(r.at) as at, coalesce(array_agg(distinct (r.actor ->> 'person')::int)
               filter (where r.actor ->> 'kind' = 'person'), '{}') as by
      from audit_events r
      where r.subject = e.subject and r.at <= e.at
        and (r.name = 'account.reset' or r.name = 'account.closed' and r.details ->> 'former' = 'active')
        and r.at > e.at - make_interval(days => ${days}::int)) reset on reset.at is not null
    where e.name = 'letter.used' and e.at > ${since} and e.at <= ${at} and e.details ? 'address'
      and not exists (
        select from audit_events known
        where known.subject = e.subject and known.at < reset.at
          and known.name in ('letter.used', 'sign-in.succeeded')
          and known.details ->> 'address' = e.details ->> 'address')`.execute(db);
  return rows.map(({ event, person, uai, factAt, resetAt, resetBy, address, source }) => ({
    ...{ rule: 'claim-elsewhere-after-reset', person, key: String(event), factAt },
    ...(uai !== null && { uai }),
    details: {
      ...{ address, source, reset_by: resetBy },
      ...{ reset_at: resetAt.toISOString(), claimed_at: factAt.toISOString() },
    },
  }));
};
