import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Establishment } from '../directory/establishments.ts';
import { directoryVersion } from '../directory/version.ts';
import type { Db } from '../storage/postgres.ts';
import type { EstablishmentEntry, RosterItem } from './entry.ts';
import { deleteFiles } from './files-store.ts';
import { sealRefused } from './list.ts';
import { BatchWriter } from './planning/batch-writer.ts';
import type { Closure, ConsentRule, PlanCounts } from './planning/closures.ts';
import type { Directory } from './planning/known-people.ts';
import { Planner } from './planning/planner.ts';
import { type Effect, type Problem, problem } from './problem.ts';
import { readRoster } from './read.ts';
import type { RosterRules } from './rules.ts';
import { schoolYearOf } from './school-year.ts';
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
  settings: ConsentRule & { batchSize: number };
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
  const { db, now } = dependencies;
  return async (given: ToPlan): Promise<Planned> => {
    const begun = await beginComparing(dependencies);
    if (begun.outcome === 'half-done') return begun;
    const { version } = begun;
    const id = await insertPlan(db, { by: given.by, at: now(), directoryVersion: version });
    return comparePlan(dependencies, { ...given, id, version });
  };
}

/** Nothing is compared with a directory between two states. */
export async function beginComparing({
  db,
  now,
}: RosterDependencies): Promise<
  { outcome: 'half-done'; id: string } | { outcome: 'begun'; version: number }
> {
  const halfDone = await findHalfDone(db);
  if (halfDone) return { outcome: 'half-done', id: halfDone.id };
  const version = await directoryVersion(db);
  await dropDeadBatches(db, { version, before: new Date(now().getTime() - DAY) });
  return { outcome: 'begun', version };
}

/** Into a plan that is there already, empty. */
export async function comparePlan(
  dependencies: RosterDependencies,
  given: ToPlan & { id: string; version: number },
): Promise<Planned> {
  const { db, keyRing, rules, settings } = dependencies;
  const { id, within } = given;
  const named = (one: Problem): Problem => ({ ...one, file: given.nameOf?.(one.file) ?? one.file });
  const writer = new BatchWriter({ db, sealer: keyRing, plan: id, size: settings.batchSize });
  const planner = new Planner(dependencies, writer, { batchSize: settings.batchSize, within });
  const read = await readInto(planner, { ...given, db, rules, at: dependencies.now() });
  if (read.isCondemned) {
    await deleteBatches(db, id);
    return { outcome: 'refused', refused: read.problems.map(named) };
  }
  await planner.finish();
  const { counts, leavers, schools } = planner.reading;
  const there = await countPeopleAt(db, [...schools.keys()]);
  const closures = leavers.above(settings, there, [...schools.values()]);
  const refused = [...read.problems, ...planner.problems].map(named);
  const summary = { counts, closures, places: placesOf(schools), bearing: writer.bearing };
  return complete(dependencies, given, { summary, refused });
}

async function complete(
  { db, keyRing, now }: RosterDependencies,
  { id, version, by }: Pick<ToPlan, 'by'> & { id: string; version: number },
  { summary, refused }: { summary: { counts: PlanCounts; closures: Closure[] }; refused: Problem[] },
): Promise<Planned> {
  const { counts, closures } = summary;
  return db.transaction().execute(async (tx) => {
    if ((await directoryVersion(tx)) !== version) {
      await deleteBatches(tx, id);
      return { outcome: 'directory-changed' };
    }
    await completePlan(tx, { id, summary, refusedSealed: sealRefused(keyRing, id, refused) });
    await deleteFiles(tx, id);
    const details = { plan: id, counts: { ...counts } };
    await record(tx, by, { name: 'roster.planned', details }, now());
    return { outcome: 'planned', id, counts, refused, closures };
  });
}

interface Read {
  isCondemned: boolean;
  problems: Problem[];
}

/**
 * Reads to the end even when all is lost: whoever mends the files wants to know everything that is wrong, and first what
 * costs most. Of each sort so many: a thousand odd addresses hide no record that was refused.
 */
async function readInto(
  planner: Planner,
  given: ToPlan & { db: Db; rules: RosterRules; at: Date },
): Promise<Read> {
  const found: Record<Effect, Problem[]> = {
    'nothing-applied': [],
    'record-refused': [],
    'value-ignored': [],
  };
  let records = 0;
  for await (const read of readRoster(given.files, given.rules)) {
    const item = await keptWithin(given, read);
    if (item.type === 'problem') {
      const into = found[item.effect];
      if (into.length < given.rules.limits.problems) into.push(item);
    } else if (found['nothing-applied'].length === 0) await planner.take(item);
    records += 1;
    if (records % 500 === 0) given.onProgress?.(records);
  }
  return { isCondemned: found['nothing-applied'].length > 0, problems: Object.values(found).flat() };
}

async function keptWithin(
  { db, within, at }: { db: Db; within?: RosterWithin | undefined; at: Date },
  item: RosterItem,
): Promise<RosterItem> {
  // It would put everybody into a school year that no later delivery takes them out of.
  if (item.type === 'establishment' && isYetToCome(item, at)) return problem(item.at, 'date');
  if (!within || item.type === 'problem' || item.type === 'refused') return item;
  return (await outside(db, within, item)) ?? item;
}

/** A day may have begun already where the file was made. */
function isYetToCome({ schoolYear }: EstablishmentEntry, at: Date): boolean {
  const tomorrow = new Date(at.getTime() + DAY).toISOString();
  return schoolYear !== undefined && schoolYear > schoolYearOf(tomorrow);
}

/** Whose the plan is: who may see and apply it. */
function placesOf(schools: ReadonlyMap<string, Establishment>): { uai: string; academie: string }[] {
  return [...schools.values()].map(({ uai, academie }) => ({ uai, academie }));
}
