import { raise } from '../alarms/raise.ts';
import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import { moveDirectoryVersion } from '../directory/version.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { addJob } from '../storage/queue.ts';
import { applyBatch } from './applying/apply-batch.ts';
import { openChanges, sealBatch } from './changes.ts';
import type { RosterDependencies } from './plan.ts';
import { withPlanLock } from './plan-lock.ts';
import type { Closure, PlanCounts } from './planning/closures.ts';
import {
  addHand,
  countBatches,
  findBatch,
  holdPlan,
  markBatchApplied,
  movePlan,
  type PlanRow,
  type PlanState,
} from './store.ts';

export type Applied =
  | { outcome: 'applied'; counts: PlanCounts }
  | { outcome: 'unknown-plan' }
  /** Another apply or undo is under way. */
  | { outcome: 'busy' }
  | { outcome: 'not-planned'; state: PlanState }
  | { outcome: 'needs-acceptance'; closures: Closure[] }
  /** The directory is not the one the plan was made on: plan again. */
  | { outcome: 'stale' };

export interface ApplyGiven {
  id: string;
  by: Actor;
  reason?: string | undefined;
  closures?: 'accepted';
  onProgress?: (done: number, total: number) => void;
}

/** Does what a plan says, batch by batch; killed at any point, the same call goes on where it stopped. */
export function createApplyRoster(dependencies: RosterDependencies) {
  return async (given: ApplyGiven): Promise<Applied> => {
    if (!isUuid(given.id)) return { outcome: 'unknown-plan' };
    const applied = await withPlanLock(dependencies.db, (db) => applyUnderLock(db, dependencies, given));
    return applied ?? { outcome: 'busy' };
  };
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

async function applyUnderLock(db: Db, dependencies: RosterDependencies, given: ApplyGiven): Promise<Applied> {
  const refusal = await db.transaction().execute((tx) => beginApply(tx, given, dependencies.now()));
  if (refusal) return refusal;
  const total = await countBatches(db, given.id);
  for (;;) {
    const done = await db.transaction().execute((tx) => applyNext(tx, dependencies, given));
    if (done === 'all') break;
    given.onProgress?.(done, total);
  }
  return db.transaction().execute((tx) => finish(tx, given, dependencies.now()));
}

/** Undefined: go on. A plan half applied goes on whatever the directory's version, which it moved itself. */
export async function beginApply(
  tx: Tx,
  given: Pick<ApplyGiven, 'id' | 'by' | 'reason' | 'closures'>,
  at: Date,
): Promise<Applied | undefined> {
  const plan = await holdPlan(tx, given.id);
  if (!plan) return { outcome: 'unknown-plan' };
  await addHand(tx, plan.id, given.by);
  if (plan.state === 'applying') return undefined;
  if (plan.state !== 'planned') return { outcome: 'not-planned', state: plan.state };
  const { closures } = summaryOf(plan);
  if (closures.length > 0 && given.closures !== 'accepted') return { outcome: 'needs-acceptance', closures };
  if (!(await moveDirectoryVersion(tx, plan.directoryVersion))) return { outcome: 'stale' };
  await movePlan(tx, plan.id, { state: 'applying' });
  const { by, reason } = given;
  const details = { plan: plan.id, schools_losing_many: schoolsOf(closures).length };
  await record(tx, by, { name: 'roster.applying', details, ...(reason && { reason }) }, at);
  if (closures.length > 0) await raiseDepartures(tx, { plan, by, at });
  return undefined;
}

/** What a file closes loses its credentials for good: besides whoever applies it, those who answer for the place know. */
async function raiseDepartures(
  tx: Tx,
  { plan, by, at }: { plan: PlanRow; by: Actor; at: Date },
): Promise<void> {
  const { closures, counts, places = [] } = summaryOf(plan);
  const [uai, ...others] = schoolsOf(closures);
  const [academie, ...more] = new Set(places.map((place) => place.academie));
  await raise(tx, {
    rule: 'roster-departures',
    ...(others.length === 0 ? { uai } : more.length === 0 && { academie }),
    person: by.kind === 'person' ? by.person : undefined,
    details: { plan: plan.id, schools: others.length + 1, closed: counts.closed },
    key: plan.id,
    at,
  });
}

const schoolsOf = (closures: readonly Closure[]): string[] => [...new Set(closures.map(({ uai }) => uai))];

/** The batch, its trace and the plan's next ordinal are one transaction: never twice, never half. */
async function applyNext(
  tx: Tx,
  dependencies: RosterDependencies,
  { id, by }: ApplyGiven,
): Promise<number | 'all'> {
  const { keyRing, now } = dependencies;
  const plan = await holdPlan(tx, id);
  if (plan?.state !== 'applying') throw new Error(`roster plan ${id} stopped being applied`);
  const ordinal = plan.nextOrdinal;
  const batch = await findBatch(tx, id, ordinal);
  if (!batch) return 'all';
  const at = now();
  const changes = openChanges(keyRing, { plan: id, ordinal, part: 'changes' }, batch.sealed);
  const trace = await applyBatch(tx, dependencies, changes, { plan: id, by, at });
  const sealed = sealBatch(keyRing, { plan: id, ordinal, part: 'trace' }, trace);
  await markBatchApplied(tx, { plan: id, ordinal, at, trace: sealed });
  await movePlan(tx, id, { state: 'applying', nextOrdinal: ordinal + 1 });
  return ordinal + 1;
}

async function finish(tx: Tx, { id, by }: ApplyGiven, at: Date): Promise<Applied> {
  const plan = await holdPlan(tx, id);
  if (plan?.state !== 'applying') throw new Error(`roster plan ${id} stopped being applied`);
  const { counts } = summaryOf(plan);
  await movePlan(tx, id, { state: 'applied', appliedAt: at });
  await addJob(tx, { task: 'canaries-after-roster', payload: { plan: id }, key: 'canaries-after-roster' });
  await record(tx, by, { name: 'roster.applied', details: { plan: id, counts: { ...counts } } }, at);
  return { outcome: 'applied', counts };
}

interface Summary {
  counts: PlanCounts;
  closures: Closure[];
  /** A plan from before places were noted has none. */
  places?: { academie: string }[];
}

function summaryOf({ summary }: PlanRow): Summary {
  return summary as unknown as Summary;
}
