import { sql } from 'kysely';
import { gathered } from '../storage/gathered.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { prepared } from '../storage/prepared.ts';
import type { FamilyStep, Participation } from './append.ts';
import type { ContextRow } from './context.ts';
import type { Marks, Premise } from './premise.ts';

export interface Statement {
  version: number;
  context: ContextRow;
  at: Date;
  persons: number[];
  kinds: number[];
  masks: number[];
  family: FamilyStep | undefined;
  participation: Participation | undefined;
  premise: Premise | undefined;
}

export interface Written {
  /** The orders' version, only where it is not the one named. */
  version: number | undefined;
  /** What it stands on is as it was. */
  stands: boolean;
  /** The session that it lets in to has ended. */
  isLate: boolean;
  hasContext: boolean;
  isStepped: boolean;
  batch: number | undefined;
  lines: number;
}

/** Each release is written whole, or nothing of it but a context that nobody uses; and none of them is another's matter. */
export function insertDisclosures(db: Db | Tx, statement: Statement): Promise<Written> {
  return inserting(statement.premise?.marks)(db, statement);
}

type Insert = ReturnType<typeof createInsert>;

// A statement for what stands on nothing else, and one for each kind of premise.
const inserts = new Map<Marks | undefined, Insert>();

function inserting(marks: Marks | undefined): Insert {
  const insert = inserts.get(marks) ?? createInsert(marks);
  inserts.set(marks, insert);
  return insert;
}

function createInsert(marks: Marks | undefined) {
  const insertAll = prepareInsert(marks);
  return gathered<Statement, Written>(async (db, all) => {
    const releases = JSON.stringify(all.map(valuesOf));
    return (await insertAll(db, { releases })).map(({ version, batch, ...rest }) => ({
      ...rest,
      version: version ?? undefined,
      batch: batch ?? undefined,
    }));
  });
}

type Row = Omit<Written, 'version' | 'batch'> & { version: number | null; batch: number | null };

/** As `given` below reads it: bytes in hexadecimal, moments in milliseconds. */
function valuesOf({ version, context, at, persons, kinds, masks, ...and }: Statement, n: number): object {
  const { family, participation, premise } = and;
  const begun = family?.step === 'begin' ? family : undefined;
  return {
    ...context,
    ...{ n, version, moment: at.getTime(), persons, kinds, masks },
    step: family?.step,
    family: family?.id.toString('hex'),
    rotation: family?.step === 'rotate' ? family.rotation : undefined,
    family_grant: begun?.grantDigest.toString('hex'),
    family_person: begun?.person,
    family_client: begun?.clientId,
    family_end: begun?.untilAt.getTime(),
    part_session: participation?.sessionUidDigest.toString('hex'),
    part_client: participation?.clientId,
    part_sid: participation?.sid,
    part_person: participation?.person,
    question: premise?.question,
    mark: premise?.mark,
  };
}

/**
 * Each part stands on the one before. Rows are locked in one order (sessions, contexts, families, participations, each by
 * its key), so that two statements never wait for each other.
 */
function prepareInsert(marks: Marks | undefined) {
  return prepared<{ releases: string }, Row>(
    ({ releases }) => sql<Row>`/* prepared */
    with ${givenPart(releases)},
    clock as materialized (select version from order_clock),
    ${sessionPart()},
    ${standingPart(marks)},
    unmoved as materialized (
      select given.*, decode(digest, 'hex') as context_digest, decode(family, 'hex') as family_id
      from given join clock using (version) join standing using (n)),
    ${contextParts()},
    ready as materialized (select unmoved.*, context.id as context from unmoved join context using (context_digest)),
    ${familySteps()},
    stepped as materialized (
      select * from ready where step is null
      union all select * from ready where n in (select n from rotated)
      union all select * from ready where step = 'begin' and family_id in (select id from begun)),
    participating as (
      insert into session_relying_parties (session_uid_digest, client_id, sid, person, first_at)
      select decode(part_session, 'hex'), part_client, part_sid, part_person, at
      from stepped where part_session is not null order by 1, 2
      on conflict (session_uid_digest, client_id) do nothing),
    batch as materialized (select nextval('disclosure_batches') as number, stepped.* from stepped),
    written as (
      insert into disclosures (batch, ordinal, at, person, context, kind, fields)
      select batch.number, line.ordinal, batch.at, line.person, batch.context, line.kind, line.fields
      from batch, unnest(batch.persons, batch.kinds, batch.masks)
        with ordinality as line (person, kind, fields, ordinal)
      returning batch),
    lines as (select batch, count(*)::int as count from written group by batch)
    select case when given.version <> clock.version then clock.version end as version,
      standing.n is not null as stands, given.n in (select n from late) as "isLate", ready.n is not null as "hasContext", batch.n is not null as "isStepped",
      batch.number as batch, coalesce(lines.count, 0) as lines
    from given cross join clock left join standing using (n) left join ready using (n) left join batch using (n)
      left join lines on lines.batch = batch.number
    order by n`,
  );
}

type Fragment = ReturnType<typeof sql>;

function givenPart(releases: unknown): Fragment {
  return sql`
    given as materialized (
      select *, to_timestamp(moment / 1000.0) as at, to_timestamp(family_end / 1000.0) as family_until
      from jsonb_to_recordset(${releases}::jsonb) as given (n int, version bigint, moment bigint,
        persons int[], kinds smallint[], masks bigint[],
        digest text, session_digest text, grant_digest text, recipient text, client_id text, publisher text,
        contract_version int, right_id uuid, reader int, address text, details text,
        step text, family text, rotation int,
        family_grant text, family_person int, family_client text, family_end bigint,
        part_session text, part_client text, part_sid text, part_person int, question jsonb, mark text))`;
}

/**
 * Whoever ends a session tells those who take part in it. One who is new there waits for an end that is under way, and
 * the next end waits for them: nobody gets in whom no end would tell.
 */
function sessionPart(): Fragment {
  return sql`
    joining as materialized (
      select n, decode(part_session, 'hex') as uid_digest from given
      where part_session is not null and not exists (select from session_relying_parties taking
        where taking.session_uid_digest = decode(part_session, 'hex') and taking.client_id = part_client)),
    joined as materialized (
      select uid_digest, ended_at from sessions
      where uid_digest in (select uid_digest from joining) order by uid_digest for share),
    late as materialized (select n from joining join joined using (uid_digest) where ended_at is not null)`;
}

/** Those whose premise is as it was; without one, all who are not too late. */
function standingPart(marks: Marks | undefined): Fragment {
  if (!marks) return sql`standing as materialized (select n from given where n not in (select n from late))`;
  return sql`
    marks as materialized (${marks(sql`select n, question from given`)}),
    standing as materialized (
      select n from given join marks using (n, mark) where n not in (select n from late))`;
}

/** `known`: the context's row where our snapshot has it; `made`: where it is new. */
function contextParts(): Fragment {
  return sql`
    known as materialized (
      select id, digest as context_digest from disclosure_contexts
      where digest = any (array(select context_digest from unmoved))),
    made as (
      insert into disclosure_contexts (digest, session_digest, grant_digest, recipient, client_id, publisher,
        contract_version, right_id, reader, address, details, created_at)
      select distinct on (context_digest) context_digest, decode(session_digest, 'hex'),
        decode(grant_digest, 'hex'), recipient, client_id, publisher, contract_version, right_id, reader, address,
        details::jsonb, at
      from unmoved where context_digest not in (select context_digest from known) order by context_digest
      on conflict (digest) do nothing returning id, digest as context_digest),
    context as materialized (select * from known union all select * from made)`;
}

/** Of two that step one family at once one is named. The app updates families, so a beginning made twice is one. */
function familySteps(): Fragment {
  return sql`
    locked as materialized (
      select id, families.rotation from refresh_families families
      where id in (select family_id from ready where step = 'rotate') order by id for update),
    rotated as (
      update refresh_families as families set rotation = families.rotation + 1
      from ready join locked on locked.id = ready.family_id and locked.rotation = ready.rotation
      where ready.step = 'rotate' and families.id = locked.id and families.rotation = locked.rotation
        and families.revoked_at is null and families.until_at > ready.at
      returning ready.n),
    begun as (
      insert into refresh_families as mine (id, grant_digest, person, client_id, until_at)
      select family_id, decode(family_grant, 'hex'), family_person, family_client, family_until
      from ready where step = 'begin' order by family_id
      on conflict (id) do update set until_at = mine.until_at
      where mine.rotation = 0 and mine.revoked_at is null and mine.person = excluded.person
      returning id)`;
}
