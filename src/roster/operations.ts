import { createApplyRoster } from './apply.ts';
import { createListRosterPlans, createOpenBatch, openRefused } from './list.ts';
import { createPlanRoster, type RosterDependencies } from './plan.ts';
import { loadRosterRules } from './rules.ts';
import { createStartApply, createStartUndo, type Dependencies } from './start.ts';
import { createStartPlan } from './start-plan.ts';
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

/** What staff can do with them: under a right, by a code, the work itself in the queue. */
export function createStaffRosters(given: Omit<Dependencies, 'rules'>) {
  const dependencies = { ...given, rules: loadRosterRules() };
  return {
    startPlan: createStartPlan(dependencies),
    startApply: createStartApply(dependencies),
    startUndo: createStartUndo(dependencies),
    openRefused: (plan: string) => openRefused(dependencies, plan),
    openChanges: createOpenBatch(dependencies),
  };
}
export type StaffRosters = ReturnType<typeof createStaffRosters>;
