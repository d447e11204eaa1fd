import { sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';
import type { FamilyStep, Participation } from './append.ts';
import type { ContextRow } from './context.ts';

export interface Statement {
  version: number;
  context: ContextRow;
  at: Date;
  persons: number[];
  kinds: number[];
  masks: number[];
  family: FamilyStep | undefined;
  participation: Participation | undefined;
}

export interface Written {
  /** The orders' version, only where it is not the one named. */
  version: number | undefined;
  hasContext: boolean;
  isStepped: boolean;
  batch: number | undefined;
  lines: number;
}

/** One statement: all of it or nothing but a context that nobody uses. Each part stands on the one before. */
export async function insertDisclosures(db: Db | Tx, given: Statement): Promise<Written> {
  const { context: c, at } = given;
  const { rows } = await sql<{
    version: number | null;
    hasContext: boolean;
    isStepped: boolean;
    batch: number | null;
    lines: number;
  }>`/* prepared */
    with unmoved as materialized (select from order_clock where version = ${given.version}::bigint),
    ${contextParts(c, at)},
    context as materialized (select id from known union all select id from made),
    stepped as (${familyStep(given.family, at)}),
    participating as (${participation(given.participation, at)}),
    batch as materialized (
      select nextval('disclosure_batches') as number, context.id as context from context, stepped),
    written as (
      insert into disclosures (batch, ordinal, at, person, context, kind, fields)
      select batch.number, line.ordinal, ${at}::timestamptz, line.person, batch.context, line.kind, line.fields
      from batch, unnest(${given.persons}::int[], ${given.kinds}::smallint[], ${given.masks}::bigint[])
        with ordinality as line (person, kind, fields, ordinal)
      returning 1)
    select case when not exists (select from unmoved) then (select version from order_clock) end as version,
      exists (select from context) as "hasContext", exists (select from stepped) as "isStepped",
      (select number from batch) as batch, (select count(*)::int from written) as lines`.execute(db);
  const { version, batch, hasContext = false, isStepped = false, lines = 0 } = rows[0] ?? {};
  return { version: version ?? undefined, batch: batch ?? undefined, hasContext, isStepped, lines };
}

type Fragment = ReturnType<typeof sql>;

/** `known`: the context's row where our snapshot has it; `made`: where it is new. */
function contextParts(c: ContextRow, at: Date): Fragment {
  return sql`
    known as materialized (
      select id from disclosure_contexts where digest = ${c.digest}::bytea and exists (select from unmoved)),
    made as (
      insert into disclosure_contexts (digest, session_digest, grant_digest, recipient, client_id, publisher,
        contract_version, right_id, reader, address, details, created_at)
      select ${c.digest}::bytea, ${c.session_digest}::bytea, ${c.grant_digest}::bytea, ${c.recipient}::text,
        ${c.client_id}::text, ${c.publisher}::text, ${c.contract_version}::int, ${c.right_id}::uuid,
        ${c.reader}::int, ${c.address}::text, ${c.details}::jsonb, ${at}::timestamptz
      from unmoved where not exists (select from known)
      on conflict (digest) do nothing returning id)`;
}

/** A statement of one row where the step was taken (or none was asked), of none where it was refused. */
function familyStep(family: FamilyStep | undefined, at: Date): Fragment {
  if (!family) return sql`select 1 from context`;
  if (family.step === 'rotate')
    return sql`update refresh_families set rotation = rotation + 1
      where id = ${family.id}::bytea and rotation = ${family.rotation}::int and revoked_at is null
        and until_at > ${at}::timestamptz and exists (select from context) returning 1`;
  // The app updates families, so a beginning that was made already (a retry) still answers with a row.
  return sql`insert into refresh_families as mine (id, grant_digest, person, client_id, until_at)
    select ${family.id}::bytea, ${family.grantDigest}::bytea, ${family.person}::int, ${family.clientId}::text,
      ${family.untilAt}::timestamptz from context
    on conflict (id) do update set until_at = mine.until_at
    where mine.rotation = 0 and mine.revoked_at is null and mine.person = excluded.person
    returning 1`;
}

function participation(part: Participation | undefined, at: Date): Fragment {
  if (!part) return sql`select 1 from stepped`;
  return sql`insert into session_relying_parties (session_uid_digest, client_id, sid, person, first_at)
    select ${part.sessionUidDigest}::bytea, ${part.clientId}::text, ${part.sid}::text, ${part.person}::int,
      ${at}::timestamptz from stepped
    on conflict (session_uid_digest, client_id) do nothing`;
}
