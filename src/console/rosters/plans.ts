import type { Context } from 'koa';
import { Refusal } from '../../http/refusal.ts';
import { type Right, rightFor, type StaffAct } from '../../rights/rights.ts';
import { isUuid } from '../../roster/apply.ts';
import type { Closure, PlanCounts } from '../../roster/planning/closures.ts';
import type { NotPlanned, ReadingPlan } from '../../roster/reading-store.ts';
import { bearingOf, placesOf } from '../../roster/start.ts';
import { countBatches, findPlan, latestPlans, latestPlansOf, type PlanRow } from '../../roster/store.ts';
import type { RosterWithin } from '../../roster/within.ts';
import { rightOver } from '../../second-factors/act-with-right.ts';
import type { Db } from '../../storage/postgres.ts';
import type { Visit } from '../for-staff.ts';

/** A plan in numbers. */
export interface PlanShown {
  id: string;
  state: PlanRow['state'];
  madeAt: Date;
  appliedAt: Date | null;
  undoneAt: Date | null;
  counts: PlanCounts;
  closures: readonly Closure[];
  /** It bears on who vouches and who is told: more than a school decides by itself. */
  bearsOnProofs: boolean;
  /** Also one that stopped half-way, as far as it came. */
  isUndoable: boolean;
  schools: number;
  progress: { done: number; total: number };
  /** Records, while its files are read. */
  read: number;
  /** Why nothing came of the files that were brought. */
  notPlanned: NotPlanned | undefined;
}

const NONE: PlanCounts = { created: 0, changed: 0, left: 0, closed: 0, refused: 0, establishments: 0 };

/** A plan is theirs whose right reaches all its schools; one from before schools were noted, whoever has the nation. */
export function rightOverPlan(rights: readonly Right[], act: StaffAct, plan: PlanRow): Right | undefined {
  const places = placesOf(plan);
  return rightOver(rights, act, places.length === 0 ? [{}] : places);
}

export async function visiblePlans(db: Db, { rights }: Visit): Promise<PlanShown[]> {
  const isNation = rights.some(({ scope }) => scope.kind === 'nation');
  const plans = isNation ? await latestPlans(db) : await latestPlansOf(db, placesOfRights(rights));
  const seen = plans.filter(
    (plan) => isShown(plan) && rightOverPlan(rights, 'see-roster', plan) !== undefined,
  );
  return seen.map((plan) => describePlan(plan, { total: 0 }));
}

function placesOfRights(rights: readonly Right[]): { uais: string[]; academies: string[] } {
  return {
    uais: rights.flatMap(({ scope }) => ('uai' in scope ? [scope.uai] : [])),
    academies: rights.flatMap(({ scope }) => (scope.kind === 'academie' ? [scope.academie] : [])),
  };
}

/** What is beyond one's rights and what there is not have one answer. */
export async function findVisiblePlan(
  db: Db,
  ctx: Context,
  { visit, act }: { visit: Visit; act: StaffAct },
): Promise<{ plan: PlanShown; right: Right; batches: number }> {
  const { id = '' } = ctx.params as { id?: string };
  const plan = isUuid(id) ? await findPlan(db, id) : undefined;
  const right = plan && isShown(plan) ? rightOverPlan(visit.rights, act, plan) : undefined;
  if (!plan || !right) throw new Refusal('not-found');
  const batches = await countBatches(db, plan.id);
  return { plan: describePlan(plan, { total: batches }), right, batches };
}

/** One whose making an operator did not finish is nobody's. */
function isShown({ state, summary }: PlanRow): boolean {
  return state !== 'refused' || summary.notPlanned !== undefined;
}

function describePlan(plan: PlanRow, { total }: { total: number }): PlanShown {
  const { id, state, madeAt, appliedAt, undoneAt, summary, nextOrdinal } = plan;
  const { opened, closed, cut } = bearingOf(plan);
  const reading = summary as Partial<ReadingPlan>;
  const isUndoable = state === 'applied' || state === 'applying';
  return {
    ...{ id, state, madeAt, appliedAt, undoneAt },
    counts: (summary.counts as PlanCounts | undefined) ?? NONE,
    closures: (summary.closures as Closure[] | undefined) ?? [],
    bearsOnProofs: opened + (isUndoable ? closed : cut) > 0,
    isUndoable,
    schools: placesOf(plan).length,
    read: reading.read ?? 0,
    notPlanned: reading.notPlanned,
    progress: { done: state === 'undoing' ? total - nextOrdinal : nextOrdinal, total },
  };
}

export interface Importer {
  /** What the form sends back. */
  value: string;
  within: RosterWithin;
}

/** For whom somebody may bring files: a school of theirs, an académie. */
export async function importersOf(
  rights: readonly Right[],
  academieOf: (uai: string) => Promise<string | undefined>,
): Promise<Importer[]> {
  const found: Importer[] = [];
  for (const right of rights) {
    const { scope } = right;
    if (scope.kind === 'academie' && rightFor([right], 'apply-roster', { academie: scope.academie })) {
      found.push({
        value: `academie ${scope.academie}`,
        within: { kind: 'academie', academie: scope.academie },
      });
    }
    if (scope.kind !== 'establishment' || !rightFor([right], 'apply-roster', { uai: scope.uai })) continue;
    const academie = await academieOf(scope.uai);
    if (academie === undefined) continue;
    found.push({ value: `school ${scope.uai}`, within: { kind: 'establishment', uai: scope.uai, academie } });
  }
  return found.filter(({ value }, index) => found.findIndex((one) => one.value === value) === index);
}
