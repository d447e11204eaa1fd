import type { Role } from '../rights/rights.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { type BudgetSettings, type BudgetState, limitsOf, stateOf } from './budget.ts';
import { type Place, selectBudgets } from './list-store.ts';
import { isNight } from './night.ts';

export interface ListedBudget {
  reader: number;
  /** Their person's id. */
  readerId: string;
  role: Role;
  budget: BudgetState;
  /** Where the right holds under which they read last. */
  place: Place;
  exhaustedAt: Date | undefined;
}

/** Of whoever read within the last day, or of one of them, the nearest to the limit first; numbers alone. */
export async function listBudgets(
  db: Db | Tx,
  { settings, at, reader }: { settings: BudgetSettings; at: Date; reader?: number },
): Promise<ListedBudget[]> {
  const rows = await selectBudgets(db, at, reader);
  const listed = rows.map(({ reader, readerId, role, place, exhaustedAt, ...row }): ListedBudget => {
    const given = { limits: limitsOf(settings, role), at, countsDouble: isNight(at) };
    return { reader, readerId, role, place, exhaustedAt, budget: stateOf(row, given) };
  });
  return listed.sort((one, other) => used(other.budget) - used(one.budget));
}

function used({ hour, day }: BudgetState): number {
  return Math.max(hour.spent / hour.limit, day.spent / day.limit);
}
