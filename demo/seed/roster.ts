import { join } from 'node:path';
import { createApplyRoster } from '../../src/roster/apply.ts';
import { createPlanRoster, type RosterDependencies } from '../../src/roster/plan.ts';
import { loadRosterRules } from '../../src/roster/rules.ts';
import type { Stage } from './stage.ts';

const FILE = join(import.meta.dirname, '..', 'roster', 'deux-etablissements.csv');

/** Two schools of people who do not exist, through the same plan and apply as everybody's. Killed, it goes on. */
export async function importRoster({ parts, by, file }: Stage): Promise<void> {
  if (file.state.roster === 'applied') return;
  const dependencies = { ...parts, rules: loadRosterRules(), settings: parts.config.roster };
  const id = await plan(dependencies, by);
  const applied = await createApplyRoster(dependencies)({ id, by });
  if (applied.outcome !== 'applied') throw new Error(`the demo's roster was not applied: ${applied.outcome}`);
  file.state.roster = 'applied';
  await file.save();
}

async function plan(dependencies: RosterDependencies, by: Stage['by']): Promise<string> {
  const result = await createPlanRoster(dependencies)({ files: [FILE], by });
  if (result.outcome === 'half-done') return result.id;
  if (result.outcome === 'planned' && result.refused.length === 0) return result.id;
  throw new Error(`the demo's roster cannot be read: ${JSON.stringify(result)}`);
}
