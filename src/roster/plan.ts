import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Establishment } from '../directory/establishments.ts';
import { directoryVersion } from '../directory/version.ts';
import type { Db } from '../storage/postgres.ts';
import type { RosterItem } from './entry.ts';
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
import { outside, type RosterWithin } from './within.ts';

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

export interface ToPlan {
  files: readonly string[];
  by: Actor;
  /** Of staff: what the files may speak of. */
  within?: RosterWithin | undefined;
  /** How people call a file, where its path does not say. */
  nameOf?: (file: string) => string;
  onProgress?: (records: number) => void;
}

const DAY = 86_400_000;

/** Files → what would change, stored sealed. Changes nothing else. */
export function createPlanRoster(dependencies: RosterDependencies) {
  const { db, keyRing, rules, settings, now } = dependencies;
  return async (given: ToPlan): Promise<Planned> => {
    const named = (one: Problem): Problem => ({ ...one, file: given.nameOf?.(one.file) ?? one.file });
    const halfDone = await findHalfDone(db);
    if (halfDone) return { outcome: 'half-done', id: halfDone.id };
    const version = await directoryVersion(db);
    await dropDeadBatches(db, { version, before: new Date(now().getTime() - DAY) });
    const id = await insertPlan(db, { by: given.by, at: now(), directoryVersion: version });
    const writer = new BatchWriter({ db, sealer: keyRing, plan: id, size: settings.batchSize });
    const { batchSize } = settings;
    const planner = new Planner(dependencies, writer, { batchSize, within: given.within });
    const read = await readInto(planner, { ...given, db, rules });
    if (read.isCondemned) {
      await deleteBatches(db, id);
      return { outcome: 'refused', refused: read.problems.map(named) };
    }
    await planner.finish();
    const { counts, leavers, schools } = planner.reading;
    const there = await countPeopleAt(db, [...schools.keys()]);
    const closures = leavers.above(settings.closuresNeedingConsentPercent, there, [...schools.values()]);
    const refused = [...read.problems, ...planner.problems].map(named);
    const refusedSealed = keyRing.sealSecret(`roster/${id}/refused`, Buffer.from(JSON.stringify(refused)));
    return db.transaction().execute(async (tx) => {
      if ((await directoryVersion(tx)) !== version) {
        await deleteBatches(tx, id);
        return { outcome: 'directory-changed' };
      }
      const summary = { counts, closures, places: placesOf(schools), bearing: writer.bearing };
      await completePlan(tx, { id, summary, refusedSealed });
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
async function readInto(planner: Planner, given: ToPlan & { db: Db; rules: RosterRules }): Promise<Read> {
  const grave: Problem[] = [];
  const light: Problem[] = [];
  let records = 0;
  for await (const read of readRoster(given.files, given.rules)) {
    const item = await keptWithin(given, read);
    if (item.type === 'problem') {
      const into = item.effect === 'nothing-applied' ? grave : light;
      if (into.length < given.rules.limits.problems) into.push(item);
    } else if (grave.length === 0) await planner.take(item);
    records += 1;
    if (records % 500 === 0) given.onProgress?.(records);
  }
  return { isCondemned: grave.length > 0, problems: [...grave, ...light] };
}

async function keptWithin(
  { db, within }: { db: Db; within?: RosterWithin | undefined },
  item: RosterItem,
): Promise<RosterItem> {
  if (!within || item.type === 'problem' || item.type === 'refused') return item;
  return (await outside(db, within, item)) ?? item;
}

/** Whose the plan is: who may see and apply it. */
function placesOf(schools: ReadonlyMap<string, Establishment>): { uai: string; academie: string }[] {
  return [...schools.values()].map(({ uai, academie }) => ({ uai, academie }));
}
