import { createApplyRoster } from './apply.ts';
import { createListRosterPlans } from './list.ts';
import { createPlanRoster, type RosterDependencies } from './plan.ts';
import { loadRosterRules } from './rules.ts';
import { createUndoRoster } from './undo.ts';

/** What the doors can do with rosters. */
export function createRosterOperations(given: Omit<RosterDependencies, 'rules'>) {
  const dependencies = { ...given, rules: loadRosterRules() };
  return {
    plan: createPlanRoster(dependencies),
    apply: createApplyRoster(dependencies),
    undo: createUndoRoster(dependencies),
    list: createListRosterPlans(dependencies),
  };
}
