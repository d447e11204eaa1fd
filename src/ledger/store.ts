import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';
import { type Named, prepared } from '../storage/prepared.ts';
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
  const [row] = await statementOf(given)(db, valuesOf(given));
  const { version, batch, hasContext = false, isStepped = false, lines = 0 } = row ?? {};
  return { version: version ?? undefined, batch: batch ?? undefined, hasContext, isStepped, lines };
}

interface Values extends ContextRow {
  readonly version: number;
  readonly at: Date;
  readonly persons: number[];
  readonly kinds: number[];
  readonly masks: number[];
  readonly family?: Buffer;
  readonly rotation?: number;
  readonly familyGrant?: Buffer;
  readonly familyPerson?: number;
  readonly familyClient?: string;
  readonly familyUntil?: Date;
  readonly session?: Buffer;
  readonly sessionClient?: string;
  readonly sid?: string;
  readonly sessionPerson?: number;
}

function valuesOf({ context, family, participation, ...rest }: Statement): Values {
  return {
    ...rest,
    ...context,
    ...(family && { family: family.id }),
    ...(family?.step === 'rotate' && { rotation: family.rotation }),
    ...(family?.step === 'begin' && {
      familyGrant: family.grantDigest,
      familyPerson: family.person,
      familyClient: family.clientId,
      familyUntil: family.untilAt,
    }),
    ...(participation && {
      session: participation.sessionUidDigest,
      sessionClient: participation.clientId,
      sid: participation.sid,
      sessionPerson: participation.person,
    }),
  };
}

interface Row {
  version: number | null;
  hasContext: boolean;
  isStepped: boolean;
  batch: number | null;
  lines: number;
}

type Steps = 'none' | FamilyStep['step'];
const statements = new Map<string, ReturnType<typeof prepared<Values, Row>>>();

/** One for each step, with a participation and without. */
function statementOf({ family, participation }: Statement): ReturnType<typeof prepared<Values, Row>> {
  const step = family?.step ?? 'none';
  const shape = participation ? `${step} in a session` : step;
  const known = statements.get(shape);
  if (known) return known;
  const made = prepared<Values, Row>((values) => write(values, step, participation !== undefined));
  statements.set(shape, made);
  return made;
}

type Fragment = ReturnType<typeof sql>;

function write(v: Named<Values>, step: Steps, isInSession: boolean): RawBuilder<Row> {
  return sql<Row>`/* prepared */
    with unmoved as materialized (select from order_clock where version = ${v.version}::bigint),
    ${contextParts(v)},
    context as materialized (select id from known union all select id from made),
    stepped as (${FAMILY_STEPS[step](v)}),
    participating as (${isInSession ? participation(v) : sql`select 1 from stepped`}),
    batch as materialized (
      select nextval('disclosure_batches') as number, context.id as context from context, stepped),
    written as (
      insert into disclosures (batch, ordinal, at, person, context, kind, fields)
      select batch.number, line.ordinal, ${v.at}::timestamptz, line.person, batch.context, line.kind, line.fields
      from batch, unnest(${v.persons}::int[], ${v.kinds}::smallint[], ${v.masks}::bigint[])
        with ordinality as line (person, kind, fields, ordinal)
      returning 1)
    select case when not exists (select from unmoved) then (select version from order_clock) end as version,
      exists (select from context) as "hasContext", exists (select from stepped) as "isStepped",
      (select number from batch) as batch, (select count(*)::int from written) as lines`;
}

/** `known`: the context's row where our snapshot has it; `made`: where it is new. */
function contextParts(v: Named<Values>): Fragment {
  return sql`
    known as materialized (
      select id from disclosure_contexts where digest = ${v.digest}::bytea and exists (select from unmoved)),
    made as (
      insert into disclosure_contexts (digest, session_digest, grant_digest, recipient, client_id, publisher,
        contract_version, right_id, reader, address, details, created_at)
      select ${v.digest}::bytea, ${v.session_digest}::bytea, ${v.grant_digest}::bytea, ${v.recipient}::text,
        ${v.client_id}::text, ${v.publisher}::text, ${v.contract_version}::int, ${v.right_id}::uuid,
        ${v.reader}::int, ${v.address}::text, ${v.details}::jsonb, ${v.at}::timestamptz
      from unmoved where not exists (select from known)
      on conflict (digest) do nothing returning id)`;
}

/** A statement of one row where the step was taken (or none was asked), of none where it was refused. */
const FAMILY_STEPS: Record<Steps, (v: Named<Values>) => Fragment> = {
  none: () => sql`select 1 from context`,
  rotate: (v) => sql`update refresh_families set rotation = rotation + 1
      where id = ${v.family}::bytea and rotation = ${v.rotation}::int and revoked_at is null
        and until_at > ${v.at}::timestamptz and exists (select from context) returning 1`,
  // The app updates families, so a beginning that was made already (a retry) still answers with a row.
  begin: (v) => sql`insert into refresh_families as mine (id, grant_digest, person, client_id, until_at)
    select ${v.family}::bytea, ${v.familyGrant}::bytea, ${v.familyPerson}::int, ${v.familyClient}::text,
      ${v.familyUntil}::timestamptz from context
    on conflict (id) do update set until_at = mine.until_at
    where mine.rotation = 0 and mine.revoked_at is null and mine.person = excluded.person
    returning 1`,
};

function participation(v: Named<Values>): Fragment {
  return sql`insert into session_relying_parties (session_uid_digest, client_id, sid, person, first_at)
    select ${v.session}::bytea, ${v.sessionClient}::text, ${v.sid}::text, ${v.sessionPerson}::int,
      ${v.at}::timestamptz from stepped
    on conflict (session_uid_digest, client_id) do nothing`;
}
