import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import { holdDirectoryVersion, moveDirectoryVersion } from '../directory/version.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { isUuid } from './apply.ts';
import { undoBatch } from './applying/undo-batch.ts';
import { undoEstablishments } from './applying/undo-establishments.ts';
import { openChanges, openTrace } from './changes.ts';
import type { RosterDependencies } from './plan.ts';
import { withPlanLock } from './plan-lock.ts';
import {
  addHand,
  addToSummary,
  countBatches,
  findBatch,
  findHalfDone,
  holdPlan,
  lastAppliedAt,
  movePlan,
  type PlanRow,
  type PlanState,
} from './store.ts';

export type Undone =
  /** `kept`: persons who changed since, or claimed their account, and were left as they are. */
  | { outcome: 'undone'; undone: number; kept: number }
  | { outcome: 'unknown-plan' }
  | { outcome: 'busy' }
  | { outcome: 'half-done'; id: string }
  | { outcome: 'not-applied'; state: PlanState };

export interface UndoGiven {
  id: string;
  by: Actor;
  reason?: string | undefined;
  onProgress?: (done: number, total: number) => void;
}

/**
 * Takes a plan back, last batch first; killed at any point, the same call goes on where it stopped. One that is half applied
 * too, as far as it came: a batch that fails for good must not keep every later roster waiting.
 */
export function createUndoRoster(dependencies: RosterDependencies) {
  return async (given: UndoGiven): Promise<Undone> => {
    if (!isUuid(given.id)) return { outcome: 'unknown-plan' };
    const undone = await withPlanLock(dependencies.db, (db) => undoUnderLock(db, dependencies, given));
    return undone ?? { outcome: 'busy' };
  };
}

async function undoUnderLock(db: Db, dependencies: RosterDependencies, given: UndoGiven): Promise<Undone> {
  const refusal = await db.transaction().execute((tx) => beginUndo(tx, given, dependencies.now()));
  if (refusal) return refusal;
  const total = await countBatches(db, given.id);
  for (;;) {
    const left = await db.transaction().execute((tx) => undoNext(tx, dependencies, given));
    if (left === 'none') break;
    given.onProgress?.(total - left, total);
  }
  return db.transaction().execute((tx) => finish(tx, given, dependencies.now()));
}

export async function beginUndo(
  tx: Tx,
  { id, by, reason }: Pick<UndoGiven, 'id' | 'by' | 'reason'>,
  at: Date,
): Promise<Undone | undefined> {
  const plan = await holdPlan(tx, id);
  if (!plan) return { outcome: 'unknown-plan' };
  await addHand(tx, plan.id, by);
  if (plan.state === 'undoing') return undefined;
  if (plan.state !== 'applied' && plan.state !== 'applying')
    return { outcome: 'not-applied', state: plan.state };
  const version = await holdDirectoryVersion(tx);
  const halfDone = await findHalfDone(tx, id);
  if (halfDone) return { outcome: 'half-done', id: halfDone.id };
  await moveDirectoryVersion(tx, version);
  const batches = await countBatches(tx, id);
  const applied = plan.state === 'applied' ? batches : plan.nextOrdinal;
  await movePlan(tx, id, { state: 'undoing', nextOrdinal: applied });
  await addToSummary(tx, id, { undoingSince: at.getTime(), undone: 0, kept: 0 });
  const details = { plan: id, was: plan.state, batches, applied };
  await record(tx, by, { name: 'roster.undoing', details, ...(reason && { reason }) }, at);
  return undefined;
}

async function undoNext(
  tx: Tx,
  dependencies: RosterDependencies,
  { id, by }: UndoGiven,
): Promise<number | 'none'> {
  const plan = await holdPlan(tx, id);
  if (plan?.state !== 'undoing') throw new Error(`roster plan ${id} stopped being undone`);
  if (plan.nextOrdinal === 0) return 'none';
  const appliedAt = plan.appliedAt ?? (await lastAppliedAt(tx, id));
  const ordinal = plan.nextOrdinal - 1;
  const batch = await findBatch(tx, id, ordinal);
  if (!batch?.undo_sealed) throw new Error(`roster plan ${id} has no trace of batch ${ordinal}`);
  const { keyRing } = dependencies;
  const trace = openTrace(keyRing, { plan: id, ordinal, part: 'trace' }, batch.undo_sealed);
  const changes = openChanges(keyRing, { plan: id, ordinal, part: 'changes' }, batch.sealed);
  const at = dependencies.now();
  await undoEstablishments(tx, trace, { changes, at });
  const { undone, kept } = await undoBatch(tx, dependencies, trace, {
    plan: id,
    by,
    at,
    appliedAt,
    undoingSince: new Date(numberIn(plan, 'undoingSince')),
  });
  await addToSummary(tx, id, { undone, kept });
  await movePlan(tx, id, { state: 'undoing', nextOrdinal: ordinal });
  return ordinal;
}

async function finish(tx: Tx, { id, by }: UndoGiven, at: Date): Promise<Undone> {
  const plan = await holdPlan(tx, id);
  if (!plan) return { outcome: 'unknown-plan' };
  const counts = { undone: numberIn(plan, 'undone'), kept: numberIn(plan, 'kept') };
  await movePlan(tx, id, { state: 'undone', undoneAt: at });
  await record(tx, by, { name: 'roster.undone', details: { plan: id, ...counts } }, at);
  return { outcome: 'undone', ...counts };
}

function numberIn({ summary }: PlanRow, name: string): number {
  const value = summary[name];
  return typeof value === 'number' ? value : 0;
}
