import { sql } from 'kysely';
import type { Marks } from '../ledger/premise.ts';
import { gathered } from '../storage/gathered.ts';
import { prepared } from '../storage/prepared.ts';
import type { Asked } from './standing.ts';
import type { StandingRow } from './standing-row.ts';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** One row, whoever is asked for. Person, session and family come as the text of JSON; bytes inside are hexadecimal. */
export const selectStanding = gathered<Asked, StandingRow>(
  (db, all) => askStandings(db, { questions: JSON.stringify(all.map(questionOf)) }),
  { locks: 'none' },
);

/** As `asked` below reads it: bytes in hexadecimal, a moment in milliseconds. */
export function questionOf(asked: Asked): object {
  const { person, personId, at } = asked;
  return {
    ...{ person, at: at.getTime() },
    // Whatever is not a uuid is nobody's id.
    id: personId && UUID.test(personId) ? personId : undefined,
    uid: asked.sessionUidDigest?.toString('hex'),
    cookie: asked.cookieDigest?.toString('hex'),
    grant: asked.grantDigest?.toString('hex'),
    family: asked.familyId?.toString('hex'),
  };
}

const askStandings = prepared<{ questions: string }, StandingRow>(
  ({ questions }) => sql`/* prepared */
    with ${answersTo(sql`
      select question, n from jsonb_array_elements(${questions}::jsonb) with ordinality as q (question, n)`)}
    select answered.*, ${mark()} as mark from answered order by n`,
);

/** For whoever writes on what was answered: rows of (n, mark) as of now, for rows of (n, question). */
export const standingMarks: Marks = (questions) =>
  sql`with ${answersTo(questions)} select n, ${mark()} as mark from answered`;

/**
 * The same as long as all that was answered is the same. Not of the cookie: whoever goes on without one, with a code,
 * asks of the session it led to.
 */
function mark(): Fragment {
  return sql`encode(sha256(convert_to(row(version, generation, "clientsVersion", "redisEpochAt", session,
    "isGrantRevoked", family, person)::text, 'UTF8')), 'hex')`;
}

/** `answered`, for rows of (n, question). */
function answersTo(questions: Fragment): Fragment {
  return sql`asked as materialized (
      select n, person, id, to_timestamp(at / 1000.0) as at, decode(uid, 'hex') as uid, decode(cookie, 'hex') as cookie,
        decode("grant", 'hex') as "grant", decode(family, 'hex') as family
      from (${questions}) as questions cross join jsonb_to_record(question) as asked (person int, id uuid, at bigint,
        uid text, cookie text, "grant" text, family text)),
    answered as materialized (
      select n, clock.version, clock.generation, clock.clients_version as "clientsVersion",
        nullif(redis.epoch_at, '-infinity') as "redisEpochAt",
        (select to_jsonb(s)::text from (
          select person, kind, epoch, generation, started_at as "startedAt", absolute_end as "absoluteEnd",
            idle_seconds as "idleSeconds", ended_at as "endedAt"
          from sessions where uid_digest = asked.uid) s) as session,
        exists (select from ended_cookies where cookie_digest = asked.cookie) as "isCookieEnded",
        exists (select from revoked_grants where grant_digest = asked."grant") as "isGrantRevoked",
        (select to_jsonb(f)::text from (
          select person, client_id as "clientId", rotation, revoked_at as "revokedAt", until_at as "untilAt"
          from refresh_families where id = asked.family) f) as family,
        (select to_jsonb(p)::text from (${personPart(sql`asked.at`)}
          where persons.number = coalesce(asked.person,
            (select number from persons where id = asked.id),
            (select person from sessions where uid_digest = asked.uid),
            (select person from refresh_families where id = asked.family))) p) as person
      from asked cross join order_clock clock cross join redis_epoch redis)`;
}

type Fragment = ReturnType<typeof sql>;

/** What is known of one row of `persons`. */
function personPart(at: Fragment): Fragment {
  return sql`
    select persons.number, persons.id, persons.subject_id as "subjectId", state.state, accounts.epoch,
      accounts.claimed_by as "claimedBy", encode(accounts.username_sealed, 'hex') as "usernameSealed",
      exists (select from locks where locks.person = persons.number and lifted_at is null
        and from_at <= ${at} and (until_at is null or until_at > ${at})) as "isLocked",
      ${wrappedKey(sql`persons.number`)} as key,
      (select jsonb_agg(jsonb_build_object('field', field, 'sealed', encode(sealed, 'hex')) order by field)
        from person_fields where person_fields.person = persons.number and until_at is null) as fields,
      ${currentMemberships(sql`persons.number`)} as memberships,
      (select jsonb_agg(jsonb_build_object('profile', m.profile, 'establishment', m.uai, 'academie', e.academie,
          'class', c.code, 'fromAt', m.from_at, 'untilAt', m.until_at) || case e.former_academies
          when '[]' then '{}' else jsonb_build_object('formerly', e.former_academies) end order by m.id)
        from memberships m join establishments e on e.uai = m.uai left join classes c on c.id = m.class_id
        where m.person = persons.number) as history,
      (select jsonb_agg(jsonb_build_object('kind', held.kind, 'establishment', held.uai,
          'sealed', encode(held.sealed, 'hex'), 'confirmedAt', held.confirmed_at,
          'holders', (select count(distinct other.person) from contacts other
            where other.kind = held.kind and other.digest = held.digest and other.until_at is null))
          order by held.id)
        from contacts held where held.person = persons.number and held.until_at is null) as contacts,
      (select jsonb_agg(jsonb_build_object('number', child.number, 'subjectId', child.subject_id,
          'rank', guardianships.rank, 'key', ${wrappedKey(sql`child.number`)},
          'givenNameSealed', (select encode(sealed, 'hex') from person_fields
            where person = child.number and field = 'given_name' and until_at is null),
          'memberships', ${currentMemberships(sql`child.number`)}) order by child.number)
        from guardianships join persons child on child.number = guardianships.child
        where guardianships.guardian = persons.number and guardianships.until_at is null) as children,
      exists (select from personas where personas.person = persons.number) as "isPersona",
      (select jsonb_object_agg(client_id, version) from (
        select client_id, max(contract_version) as version from first_visits
        where first_visits.person = persons.number group by client_id) visited) as "toldOf"
    from persons
    join accounts on accounts.person = persons.number
    join account_states state on state.person = persons.number and state.until_at is null`;
}

function wrappedKey(person: Fragment): Fragment {
  return sql`(select jsonb_build_object('dataKey', data_key, 'wrapped', encode(wrapped, 'hex'))
    from person_keys where person_keys.person = ${person} and wrapped is not null)`;
}

function currentMemberships(person: Fragment): Fragment {
  return sql`(select jsonb_agg(jsonb_build_object('profile', m.profile, 'establishment', m.uai,
      'establishmentName', e.name, 'academie', e.academie, 'schoolYear', m.school_year, 'class', c.code,
      'function', m.function) order by m.id)
    from memberships m join establishments e on e.uai = m.uai left join classes c on c.id = m.class_id
    where m.person = ${person} and m.until_at is null)`;
}
