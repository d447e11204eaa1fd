import { sql } from 'kysely';
import { isSomebody } from '../directory/decoys.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { Profile, Schema } from '../storage/schema.ts';
import { groupOf } from './planning/closures.ts';

export type PlanState = Schema['roster_plans']['state'];

export interface PlanRow {
  id: string;
  state: PlanState;
  madeAt: Date;
  madeBy: unknown;
  directoryVersion: number;
  nextOrdinal: number;
  summary: Record<string, unknown>;
  appliedAt: Date | null;
  undoneAt: Date | null;
}

/** Counts as refused until it is whole: a plan whose making was killed can never be applied. */
export async function insertPlan(
  db: Db,
  plan: { by: object; at: Date; directoryVersion: number },
): Promise<string> {
  const row = await db
    .insertInto('roster_plans')
    .values({
      made_by: JSON.stringify(plan.by),
      hands: JSON.stringify([plan.by]),
      made_at: plan.at,
      directory_version: plan.directoryVersion,
      state: 'refused',
      summary: '{}',
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

export async function completePlan(
  tx: Tx,
  plan: { id: string; summary: object; refusedSealed: Buffer },
): Promise<void> {
  await tx
    .updateTable('roster_plans')
    .set({ state: 'planned', summary: JSON.stringify(plan.summary), refused_sealed: plan.refusedSealed })
    .where('id', '=', plan.id)
    .execute();
}

export async function findPlan(db: Db | Tx, id: string): Promise<PlanRow | undefined> {
  return (await selectPlans(db, sql`where id = ${id}`))[0];
}

/** Nobody else moves it until the transaction ends. */
export async function holdPlan(tx: Tx, id: string): Promise<PlanRow | undefined> {
  return (await selectPlans(tx, sql`where id = ${id} for update`))[0];
}

export async function latestPlans(db: Db): Promise<PlanRow[]> {
  return selectPlans(db, sql`order by made_at desc limit 100`);
}

/** Of these schools alone or of these académies, however many others there are. */
export async function latestPlansOf(
  db: Db,
  { uais, academies }: { uais: readonly string[]; academies: readonly string[] },
): Promise<PlanRow[]> {
  return selectPlans(
    db,
    sql`where (summary #>> '{places,0,uai}' = any(${[...uais]}::text[]) and jsonb_array_length(summary -> 'places') = 1)
      or summary #>> '{places,0,academie}' = any(${[...academies]}::text[])
      order by made_at desc limit 100`,
  );
}

/** A plan that was begun and not finished; the directory is between two states. */
export async function findHalfDone(db: Db | Tx, except?: string): Promise<PlanRow | undefined> {
  const others = sql`state in ('applying', 'undoing') and id is distinct from ${except ?? null}::uuid`;
  return (await selectPlans(db, sql`where ${others} limit 1`))[0];
}

async function selectPlans(db: Db | Tx, which: ReturnType<typeof sql>): Promise<PlanRow[]> {
  const { rows } = await sql<PlanRow>`
    select id, state, made_at as "madeAt", made_by as "madeBy", directory_version as "directoryVersion",
           next_ordinal as "nextOrdinal", summary, applied_at as "appliedAt", undone_at as "undoneAt"
    from roster_plans ${which}`.execute(db);
  return rows;
}

export async function movePlan(
  tx: Tx,
  id: string,
  to: { state: PlanState; nextOrdinal?: number; appliedAt?: Date; undoneAt?: Date },
): Promise<void> {
  await tx
    .updateTable('roster_plans')
    .set({
      state: to.state,
      ...(to.nextOrdinal === undefined ? {} : { next_ordinal: to.nextOrdinal }),
      ...(to.appliedAt ? { applied_at: to.appliedAt } : {}),
      ...(to.undoneAt ? { undone_at: to.undoneAt } : {}),
    })
    .where('id', '=', id)
    .execute();
}

/** Everybody who applied or undid it stands behind what it brought in: asked where nobody may give both proofs. */
export async function addHand(tx: Tx, id: string, by: object): Promise<void> {
  await sql`update roster_plans set hands = hands || ${JSON.stringify([by])}::jsonb where id = ${id}`.execute(
    tx,
  );
}

/** Notes beside the counts, such as how many persons an undo left alone. */
export async function addToSummary(tx: Tx, id: string, add: Record<string, number>): Promise<void> {
  for (const [name, value] of Object.entries(add)) {
    await sql`
      update roster_plans set summary = jsonb_set(summary, array[${name}::text],
        to_jsonb(coalesce((summary ->> ${name})::bigint, 0) + ${value}::bigint)) where id = ${id}`.execute(
      tx,
    );
  }
}

export async function insertBatch(
  db: Db,
  batch: { plan: string; ordinal: number; sealed: Buffer },
): Promise<void> {
  await db.insertInto('roster_changes').values(batch).execute();
}

export async function countBatches(db: Db | Tx, plan: string): Promise<number> {
  const row = await db
    .selectFrom('roster_changes')
    .select((eb) => eb.fn.countAll<number>().as('batches'))
    .where('plan', '=', plan)
    .executeTakeFirstOrThrow();
  return row.batches;
}

export async function findBatch(
  tx: Db | Tx,
  plan: string,
  ordinal: number,
): Promise<{ sealed: Buffer; undo_sealed: Buffer | null } | undefined> {
  return tx
    .selectFrom('roster_changes')
    .select(['sealed', 'undo_sealed'])
    .where('plan', '=', plan)
    .where('ordinal', '=', ordinal)
    .executeTakeFirst();
}

export async function markBatchApplied(
  tx: Tx,
  batch: { plan: string; ordinal: number; at: Date; trace: Buffer },
): Promise<void> {
  await tx
    .updateTable('roster_changes')
    .set({ applied_at: batch.at, undo_sealed: batch.trace })
    .where('plan', '=', batch.plan)
    .where('ordinal', '=', batch.ordinal)
    .execute();
}

/** Of a plan that was not applied to its end: when its last batch was. */
export async function lastAppliedAt(tx: Tx, plan: string): Promise<Date> {
  const row = await tx
    .selectFrom('roster_changes')
    .select((eb) => eb.fn.max('applied_at').as('at'))
    .where('plan', '=', plan)
    .executeTakeFirstOrThrow();
  if (!row.at) throw new Error(`roster plan ${plan} has no batch that was applied`);
  return row.at;
}

export async function deleteBatches(db: Db | Tx, plan: string): Promise<void> {
  await db.deleteFrom('roster_changes').where('plan', '=', plan).execute();
}

/** What nothing can apply any more need not lie about: plans of an older directory, plans never finished. */
export async function dropDeadBatches(db: Db, given: { version: number; before: Date }): Promise<void> {
  await sql`
    delete from roster_changes where plan in (
      select id from roster_plans
      where (state = 'planned' and directory_version < ${given.version})
         or (state = 'refused' and made_at < ${given.before}::timestamptz))`.execute(db);
}

export interface OpenMembership {
  id: number;
  person: number;
  uai: string;
  profile: Profile;
  function: string | null;
}

/** Page by page, in the order of ids. */
export async function openMembershipsAt(
  db: Db,
  uais: readonly string[],
  page: { after: number; size: number },
): Promise<OpenMembership[]> {
  if (uais.length === 0) return [];
  return db
    .selectFrom('memberships')
    .select(['id', 'person', 'uai', 'profile', 'function'])
    .where('uai', 'in', [...uais])
    .where('until_at', 'is', null)
    .where('id', '>', page.after)
    .where(isSomebody('memberships.person'))
    .orderBy('id')
    .limit(page.size)
    .execute();
}

/** By school, and by school and profile (planning/closures.ts, groupOf). */
export async function countPeopleAt(db: Db, uais: readonly string[]): Promise<Map<string, number>> {
  if (uais.length === 0) return new Map();
  const { rows } = await sql<{ uai: string; profile: Profile | null; people: number }>`
    select uai, profile, count(distinct person) as people from memberships
    where until_at is null and uai = any(${[...uais]}::text[]) and ${isSomebody('memberships.person')}
    group by grouping sets ((uai), (uai, profile))`.execute(db);
  return new Map(rows.map(({ uai, profile, people }) => [groupOf(uai, profile), people]));
}

/** Those of the given persons who are no longer as the plan left them: changed after it, or claimed since. */
export async function changedSince(
  tx: Tx,
  persons: readonly number[],
  window: { batchAt: Date; appliedAt: Date; undoingSince: Date },
): Promise<number[]> {
  if (persons.length === 0) return [];
  const { batchAt, appliedAt, undoingSince } = window;
  const within = (column: string) =>
    sql`(${sql.ref(column)} > ${appliedAt}::timestamptz and ${sql.ref(column)} < ${undoingSince}::timestamptz)`;
  const { rows } = await sql<{ person: number }>`
    select asked.person from unnest(${[...persons]}::int[]) as asked (person)
    where exists (select from account_states s where s.person = asked.person and s.state = 'active'
                    and s.until_at is null and s.from_at > ${batchAt}::timestamptz)
       or exists (select from memberships d where d.person = asked.person
                    and (${within('d.from_at')} or ${within('d.until_at')}))
       or exists (select from guardianships d where d.guardian = asked.person
                    and (${within('d.from_at')} or ${within('d.until_at')}))
       or exists (select from person_fields d where d.person = asked.person
                    and (${within('d.from_at')} or ${within('d.until_at')}))
       or exists (select from contacts d where d.person = asked.person
                    and (${within('d.from_at')} or ${within('d.until_at')}))`.execute(tx);
  return rows.map(({ person }) => person);
}

export async function findRefused(db: Db, plan: string): Promise<Buffer | null | undefined> {
  const row = await db
    .selectFrom('roster_plans')
    .select('refused_sealed')
    .where('id', '=', plan)
    .executeTakeFirst();
  return row?.refused_sealed;
}
