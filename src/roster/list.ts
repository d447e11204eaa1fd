import type { RosterDependencies } from './plan.ts';
import type { PlanCounts } from './planning/closures.ts';
import type { Problem } from './problem.ts';
import { findRefused, latestPlans, type PlanState } from './store.ts';

export interface ListedPlan {
  id: string;
  state: PlanState;
  madeAt: Date;
  appliedAt: Date | null;
  undoneAt: Date | null;
  counts: PlanCounts | undefined;
}

/** The latest first; what was refused as a whole is no plan. */
export function createListRosterPlans({ db }: RosterDependencies) {
  return async (): Promise<ListedPlan[]> => {
    const plans = await latestPlans(db);
    return plans
      .filter(({ state }) => state !== 'refused')
      .map(({ id, state, madeAt, appliedAt, undoneAt, summary }) => ({
        id,
        state,
        madeAt,
        appliedAt,
        undoneAt,
        counts: summary.counts as PlanCounts | undefined,
      }));
  };
}

/** What a plan left out, for whoever mends the files later. */
export async function openRefused({ db, keyRing }: RosterDependencies, plan: string): Promise<Problem[]> {
  const sealed = await findRefused(db, plan);
  if (!sealed) return [];
  return JSON.parse(keyRing.openSecret(`roster/${plan}/refused`, sealed).toString('utf8')) as Problem[];
}
