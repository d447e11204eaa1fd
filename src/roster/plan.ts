import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import { directoryVersion } from '../directory/version.ts';
import { BatchWriter } from './planning/batch-writer.ts';
import type { Closure, PlanCounts } from './planning/closures.ts';
import type { Directory } from './planning/known-people.ts';
import { Planner } from './planning/planner.ts';
import type { Problem } from './problem.ts';
import { readRoster } from './read.ts';
import type { RosterRules } from './rules.ts';
import {
  completePlan,
  countPeopleAt,
  deleteBatches,
  dropDeadBatches,
  findHalfDone,
  insertPlan,
} from './store.ts';

export interface RosterDependencies extends Directory {
  rules: RosterRules;
  /** Config.roster */
  settings: { closuresNeedingConsentPercent: number; batchSize: number };
}

export type Planned =
  | {
      outcome: 'planned';
      id: string;
      counts: PlanCounts;
      /** Records and values the plan leaves out. */
      refused: Problem[];
      /** Not empty: applying needs `acceptClosures`. */
      closures: Closure[];
    }
  /** Nothing can be applied of these files. */
  | { outcome: 'refused'; refused: Problem[] }
  | { outcome: 'half-done'; id: string }
  | { outcome: 'directory-changed' };

const DAY = 86_400_000;

/** Files → what would change, stored sealed. Changes nothing else. */
export function createPlanRoster(dependencies: RosterDependencies) {
  const { db, keyRing, rules, settings, now } = dependencies;
  return async (given: {
    files: readonly string[];
    by: Actor;
    onProgress?: (records: number) => void;
  }): Promise<Planned> => {
    const halfDone = await findHalfDone(db);
    if (halfDone) return { outcome: 'half-done', id: halfDone.id };
    const version = await directoryVersion(db);
    await dropDeadBatches(db, { version, before: new Date(now().getTime() - DAY) });
    const id = await insertPlan(db, { by: given.by, at: now(), directoryVersion: version });
    const writer = new BatchWriter({ db, sealer: keyRing, plan: id, size: settings.batchSize });
    const planner = new Planner(dependencies, writer, settings.batchSize);
    const read = await readInto(planner, { ...given, rules });
    if (read.isCondemned) {
      await deleteBatches(db, id);
      return { outcome: 'refused', refused: read.problems };
    }
    await planner.finish();
    const { counts, leavers, schools } = planner.reading;
    const there = await countPeopleAt(db, [...schools.keys()]);
    const closures = leavers.above(settings.closuresNeedingConsentPercent, there, [...schools.values()]);
    const refused = [...read.problems, ...planner.problems];
    const refusedSealed = keyRing.sealSecret(`roster/${id}/refused`, Buffer.from(JSON.stringify(refused)));
    return db.transaction().execute(async (tx) => {
      if ((await directoryVersion(tx)) !== version) {
        await deleteBatches(tx, id);
        return { outcome: 'directory-changed' };
      }
      await completePlan(tx, { id, summary: { counts, closures }, refusedSealed });
      const details = { plan: id, counts: { ...counts } };
      await record(tx, given.by, { name: 'roster.planned', details }, now());
      return { outcome: 'planned', id, counts, refused, closures };
    });
  };
}

interface Read {
  isCondemned: boolean;
  problems: Problem[];
}

/** Reads to the end even when all is lost: whoever mends the files wants to know everything that is wrong. */
async function readInto(
  planner: Planner,
  given: { files: readonly string[]; rules: RosterRules; onProgress?: (records: number) => void },
): Promise<Read> {
  const grave: Problem[] = [];
  const light: Problem[] = [];
  let records = 0;
  for await (const item of readRoster(given.files, given.rules)) {
    if (item.type === 'problem') {
      const into = item.effect === 'nothing-applied' ? grave : light;
      if (into.length < given.rules.limits.problems) into.push(item);
    } else if (grave.length === 0) await planner.take(item);
    records += 1;
    if (records % 500 === 0) given.onProgress?.(records);
  }
  return { isCondemned: grave.length > 0, problems: [...grave, ...light] };
}
