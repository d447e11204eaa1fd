import { sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';
import type { ChangedRow } from './changed-row.ts';

export interface Guardianship {
  id: number;
  guardian: number;
  child: number;
  /** Legal responsibility: 1 or 2; 0 = a contact without any. */
  rank: number;
  relation: string | null;
}

/** With legal responsibility only: nobody acts for a child as a mere contact. */
export async function childrenOf(db: Db | Tx, guardian: number, at: Date): Promise<Guardianship[]> {
  return selectGuardianships(db, sql`g.guardian = ${guardian} and g.rank > 0 and ${inForce(at)}`);
}

export async function guardiansOf(db: Db | Tx, child: number, at: Date): Promise<Guardianship[]> {
  return selectGuardianships(db, sql`g.child = ${child} and g.rank > 0 and ${inForce(at)}`);
}

export async function guardiansOfChildren(
  db: Db | Tx,
  children: readonly number[],
  at: Date,
): Promise<Guardianship[]> {
  if (children.length === 0) return [];
  return selectGuardianships(
    db,
    sql`g.child = any(${[...children]}::int[]) and g.rank > 0 and ${inForce(at)}`,
  );
}

/** All of them, whatever the rank. */
export async function guardianshipsOfGuardians(
  db: Db | Tx,
  guardians: readonly number[],
  at: Date,
): Promise<Guardianship[]> {
  if (guardians.length === 0) return [];
  return selectGuardianships(db, sql`g.guardian = any(${[...guardians]}::int[]) and ${inForce(at)}`);
}

async function selectGuardianships(db: Db | Tx, where: ReturnType<typeof sql>): Promise<Guardianship[]> {
  const { rows } = await sql<Guardianship>`
    select g.id, g.guardian, g.child, g.rank, g.relation from guardianships g where ${where} order by g.id`.execute(
    db,
  );
  return rows;
}

function inForce(at: Date) {
  return sql`g.from_at <= ${at} and (g.until_at is null or g.until_at > ${at})`;
}

export interface NewGuardianship extends Omit<Guardianship, 'id'> {
  /** The roster plan that says so. */
  plan?: string | undefined;
}

/** Answers the rows that are new; one that is open already stays as it is: end it first to change its rank. */
export async function openGuardianships(
  tx: Tx,
  guardianships: readonly NewGuardianship[],
  at: Date,
): Promise<ChangedRow[]> {
  if (guardianships.length === 0) return [];
  const column = <K extends keyof NewGuardianship>(name: K) => guardianships.map((each) => each[name]);
  const { rows } = await sql<ChangedRow>`
    insert into guardianships (guardian, child, rank, relation, plans, from_at)
    select guardian, child, rank, relation, array_remove(array[plan], null), ${at}::timestamptz
    from unnest(${column('guardian')}::int[], ${column('child')}::int[], ${column('rank')}::smallint[],
                ${column('relation')}::text[], ${guardianships.map(({ plan }) => plan ?? null)}::uuid[])
      as named (guardian, child, rank, relation, plan)
    on conflict do nothing
    returning id, guardian as person`.execute(tx);
  return rows;
}

/** Answers those that were still open. */
export async function closeGuardianships(tx: Tx, ids: readonly number[], at: Date): Promise<ChangedRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<ChangedRow>`
    update guardianships set until_at = greatest(${at}::timestamptz, from_at)
    where id = any(${[...ids]}::bigint[]) and until_at is null returning id, guardian as person`.execute(tx);
  return rows;
}

/** The same again from now on: what was ended keeps its end. The plan that ended it stands behind it too. */
export async function reopenGuardianships(
  tx: Tx,
  ids: readonly number[],
  { plan, at }: { plan: string; at: Date },
): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    insert into guardianships (guardian, child, rank, relation, plans, from_at)
    select guardian, child, rank, relation, plans || ${plan}::uuid, ${at}::timestamptz
    from guardianships where id = any(${[...ids]}::bigint[]) and until_at is not null
    on conflict do nothing`.execute(tx);
}
