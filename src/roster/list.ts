import type { SecretSealer } from '../crypto/key-ring.ts';
import { openChanges, type PersonChange } from './changes.ts';
import type { RosterDependencies } from './plan.ts';
import type { PlanCounts } from './planning/closures.ts';
import type { Problem } from './problem.ts';
import { findBatch, findRefused, latestPlans, type PlanState } from './store.ts';

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

/** Problems name files and lines; a file's name may be somebody's. */
export function sealRefused(sealer: SecretSealer, plan: string, problems: readonly Problem[]): Buffer {
  return sealer.sealSecret(`roster/${plan}/refused`, Buffer.from(JSON.stringify(problems)));
}

/** What a plan left out, for whoever mends the files later. */
export async function openRefused({ db, keyRing }: RosterDependencies, plan: string): Promise<Problem[]> {
  const sealed = await findRefused(db, plan);
  if (!sealed) return [];
  return JSON.parse(keyRing.openSecret(`roster/${plan}/refused`, sealed).toString('utf8')) as Problem[];
}

/** What a plan says of people, a batch at a time: whoever shows it writes its lines first. */
export function createOpenBatch({ db, keyRing }: RosterDependencies) {
  return async (plan: string, ordinal: number): Promise<PersonChange[]> => {
    const batch = await findBatch(db, plan, ordinal);
    if (!batch) return [];
    const changes = openChanges(keyRing, { plan, ordinal, part: 'changes' }, batch.sealed);
    return changes.filter((change) => change.kind === 'person');
  };
}
