import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Authority, NotAuthorised } from '../second-factors/act-with-right.ts';
import type { Tx } from '../storage/postgres.ts';
import { addJob, type Tasks } from '../storage/queue.ts';
import { type BroughtFile, openFiles, putFiles } from './brought-files.ts';
import { deleteFiles, deleteStrayFiles } from './files-store.ts';
import { sealRefused } from './list.ts';
import { beginComparing, comparePlan, type Planned, type RosterDependencies } from './plan.ts';
import { withPrivateFiles } from './private-files.ts';
import type { Problem } from './problem.ts';
import {
  beginReading,
  insertReadingPlan,
  type NotPlanned,
  noteRead,
  type ReadingPlan,
  refusePlan,
  refuseStalled,
} from './reading-store.ts';
import { type Dependencies, ROSTER_QUEUE } from './start.ts';
import { deleteBatches, findPlan, type PlanRow } from './store.ts';
import type { RosterWithin } from './within.ts';

export interface ToBring {
  files: readonly BroughtFile[];
  by: Extract<Actor, { kind: 'person' }>;
  /** What the files may speak of. */
  within: RosterWithin;
  authority: Authority;
}

export type PlanStarted =
  | { outcome: 'started'; id: string }
  /** Files of the same place are being read. */
  | { outcome: 'reading' }
  | NotAuthorised;
export type StartPlan = (given: ToBring) => Promise<PlanStarted>;

const PLAN = 'roster-plan';
const MOST_ATTEMPTS = 8;
/** All attempts take less than an hour: who brings files again must not wait for a work that died. */
const STALLED_AFTER = 2 * 3_600_000;

/**
 * Confirmed by one code: comparing opens a whole school. The files lie sealed until the queue has read them; the job
 * names the plan alone (design D12).
 */
export function createStartPlan(dependencies: Dependencies): StartPlan {
  const { db, keyRing, judged, now } = dependencies;
  return async ({ files, by, within, authority }) => {
    const id = randomUUID();
    const stalled = new Date(now().getTime() - STALLED_AFTER);
    await refuseStalled(db, stalled);
    await deleteStrayFiles(db, stalled);
    await putFiles({ db, sealer: keyRing }, { plan: id, files, at: now() });
    const started = await judged<PlanStarted>(async (tx, inForce) => {
      const at = now();
      const authorised = await authority(tx, { place: placeOf(within), inForce, at });
      if (authorised.outcome !== 'authorised') return authorised;
      const summary = { whose: whoseOf(within), within, places: [placeOf(within)], read: 0 };
      if (!(await insertReadingPlan(tx, { id, by, at, summary }))) return { outcome: 'reading' };
      const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
      const details = { plan: id, files: files.length, bytes };
      await record(tx, by, { name: 'roster.brought', details }, at);
      await addPlanJob(tx, id);
      return { outcome: 'started', id };
    });
    if (started.outcome !== 'started') await deleteFiles(db, id);
    return started;
  };
}

function addPlanJob(tx: Tx, plan: string): Promise<void> {
  return addJob(tx, {
    ...{ task: PLAN, payload: { plan }, key: `${PLAN} ${plan}` },
    ...{ queueName: ROSTER_QUEUE, maxAttempts: MOST_ATTEMPTS },
  });
}

function placeOf(within: RosterWithin): { uai?: string; academie: string } {
  const { academie } = within;
  return within.kind === 'establishment' ? { uai: within.uai, academie } : { academie };
}

function whoseOf(within: RosterWithin): string {
  return within.kind === 'establishment' ? `school ${within.uai}` : `academie ${within.academie}`;
}

/** Killed at any point, the next attempt begins anew; after the last one the files go, and the plan says why. */
export function createPlanTasks(dependencies: RosterDependencies): Tasks {
  return {
    [PLAN]: async (payload, { isLast }) => {
      const { plan: id } = payload as { plan: string };
      const plan = await findPlan(dependencies.db, id);
      if (plan?.state !== 'reading') return;
      const compared = await compare(dependencies, plan).catch(async (error: unknown) => {
        if (isLast) await refuse(dependencies, plan, { because: 'failed' });
        throw error;
      });
      if (compared.outcome === 'planned') return;
      if (compared.outcome === 'refused') {
        return refuse(dependencies, plan, { because: 'files', problems: compared.refused });
      }
      if (isLast) return refuse(dependencies, plan, { because: compared.outcome });
      throw new Error(compared.outcome);
    },
  };
}

async function compare(dependencies: RosterDependencies, plan: PlanRow): Promise<Planned> {
  const { db, keyRing } = dependencies;
  const { id } = plan;
  const begun = await beginComparing(dependencies);
  if (begun.outcome === 'half-done') return begun;
  const { version } = begun;
  await beginReading(db, { id, directoryVersion: version });
  const files = await openFiles({ db, sealer: keyRing }, id);
  return withPrivateFiles(
    files.map(({ pieces }) => pieces),
    (paths) => {
      const names = new Map(paths.map((path, index) => [basename(path), files[index]?.name ?? '']));
      return comparePlan(dependencies, {
        ...{ id, version, files: paths, by: plan.madeBy as Actor },
        within: (plan.summary as unknown as ReadingPlan).within,
        nameOf: (file) => names.get(file) ?? file,
        onProgress: (records) => void noteRead(db, id, records).catch(() => {}),
      });
    },
  );
}

/** Nothing can be applied of these files: whoever brought them reads why. */
async function refuse(
  { db, keyRing, now }: RosterDependencies,
  { id, madeBy }: PlanRow,
  { because, problems = [] }: { because: NotPlanned; problems?: readonly Problem[] },
): Promise<void> {
  const refusedSealed = sealRefused(keyRing, id, problems);
  await db.transaction().execute(async (tx) => {
    if (!(await refusePlan(tx, { id, because, refusedSealed }))) return;
    await deleteBatches(tx, id);
    await deleteFiles(tx, id);
    const details = { plan: id, because, problems: problems.length };
    await record(tx, madeBy as Actor, { name: 'roster.not-planned', details }, now());
  });
}
