import { sql } from 'kysely';
import type { Actor } from '../audit/actor.ts';
import type { Tx } from '../storage/postgres.ts';

/** The row of the directory without which a second proof would be none. */
export type Evidence =
  | { of: 'window'; window: string; teacher: number }
  | { of: 'guardianship'; guardian: number; child: number }
  | { of: 'desk'; staff: number }
  | { of: 'contact'; contact: number };

/** Who held the paper: whoever printed it, and whoever ticked it as handed over. */
export async function findHolders(tx: Tx, letter: string): Promise<Actor[]> {
  const { printed_by, handed_over_by } = await tx
    .selectFrom('letters as l')
    .innerJoin('letter_batches as b', 'b.id', 'l.batch')
    .select(['b.printed_by', 'l.handed_over_by'])
    .where('l.id', '=', letter)
    .executeTakeFirstOrThrow();
  return [printed_by, ...(handed_over_by ? [handed_over_by] : [])] as Actor[];
}

/** Everybody who made, applied or undid a plan that brought the row in. A row no plan brought in has nobody behind it. */
export async function handsBehind(tx: Tx, evidence: Evidence): Promise<Actor[]> {
  return selectHands(tx, rowsOf(evidence));
}

/** Behind whatever this member of the staff is at a school, or ever was: their letters outlive the post. */
export async function handsBehindStaff(tx: Tx, person: number): Promise<Actor[]> {
  return selectHands(
    tx,
    sql`select plans from memberships where person = ${person} and profile in ('teacher', 'staff')`,
  );
}

type Fragment = ReturnType<typeof sql>;

function rowsOf(evidence: Evidence): Fragment {
  switch (evidence.of) {
    case 'window':
      return sql`
        select m.plans from memberships m join activation_windows w on w.class_id = m.class_id
        where w.id = ${evidence.window}::uuid and m.person = ${evidence.teacher} and m.profile = 'teacher'
          and m.until_at is null`;
    case 'guardianship':
      return sql`
        select plans from guardianships
        where guardian = ${evidence.guardian} and child = ${evidence.child} and until_at is null`;
    case 'desk':
      return sql`
        select plans from memberships
        where person = ${evidence.staff} and profile in ('teacher', 'staff') and until_at is null`;
    case 'contact':
      return sql`select plans from contacts where id = ${evidence.contact}`;
    default:
      return never(evidence);
  }
}

async function selectHands(tx: Tx, rows: Fragment): Promise<Actor[]> {
  const { rows: found } = await sql<{ hand: Actor }>`
    select distinct hand
    from (${rows}) row
    cross join unnest(row.plans) plan
    join roster_plans p on p.id = plan
    cross join jsonb_array_elements(p.hands) hand`.execute(tx);
  return found.map(({ hand }) => hand);
}

function never(evidence: never): never {
  throw new Error(`no such evidence: ${JSON.stringify(evidence)}`);
}
