import type { Actor } from '../audit/actor.ts';
import type { Judged } from '../orders/judged.ts';
import type { Authority, NotAuthorised } from '../second-factors/act-with-right.ts';
import type { Tx } from '../storage/postgres.ts';
import { addJob, type Tasks } from '../storage/queue.ts';
import { type Applied, beginApply, createApplyRoster, isUuid } from './apply.ts';
import type { RosterDependencies } from './plan.ts';
import { type Bearing, NO_BEARING } from './planning/bearing.ts';
import { findPlan, type PlanRow } from './store.ts';
import { beginUndo, createUndoRoster, type Undone } from './undo.ts';

export interface Dependencies extends RosterDependencies {
  judged: Judged;
}

interface Asked {
  id: string;
  by: Extract<Actor, { kind: 'person' }>;
  authority: Authority;
}

type NotStarted =
  | { outcome: 'unknown-plan' }
  /** It bears on guardians, contacts or staff: whoever prints letters decides neither who vouches nor who is told. */
  | { outcome: 'needs-academie' }
  | NotAuthorised;
export type ApplyStarted =
  | { outcome: 'started' }
  | NotStarted
  | Exclude<Applied, { outcome: 'applied' | 'unknown-plan' | 'busy' }>;
export type UndoStarted =
  | { outcome: 'started' }
  | NotStarted
  | Exclude<Undone, { outcome: 'undone' | 'unknown-plan' | 'busy' }>;

export type StartApply = (asked: Asked & { closures?: 'accepted' | undefined }) => Promise<ApplyStarted>;
export type StartUndo = (asked: Asked) => Promise<UndoStarted>;

const APPLY = 'roster-apply';
const UNDO = 'roster-undo';
/** One after the other: nothing is compared while something is being applied. */
export const ROSTER_QUEUE = 'roster';

/** Confirmed by one code; the work itself goes on in the queue, however long it takes, and its row says how far. */
export function createStartApply({ judged, now }: Dependencies): StartApply {
  return ({ id, by, authority, closures }) =>
    judged(async (tx, inForce) => {
      const at = now();
      const refused = await refuse(tx, id, async (plan) => {
        const authorised = await authority(tx, { place: placesOf(plan), inForce, at });
        if (authorised.outcome !== 'authorised') return authorised;
        const { opened, cut } = bearingOf(plan);
        const isBeyond = authorised.right.role === 'head' && opened + cut > 0;
        return isBeyond ? { outcome: 'needs-academie' } : undefined;
      });
      if (refused) return refused;
      const begun = await beginApply(tx, { id, by, ...(closures && { closures }) }, at);
      if (begun) return begun as Exclude<typeof begun, { outcome: 'applied' | 'busy' | 'unknown-plan' }>;
      await addJob(tx, {
        task: APPLY,
        payload: { plan: id, by: by.person },
        queueName: ROSTER_QUEUE,
        key: `${APPLY} ${id}`,
      });
      return { outcome: 'started' };
    });
}

/** What a plan took away of guardians, contacts and staff comes back by an undo: the same rule, both ways. */
export function createStartUndo({ judged, now }: Dependencies): StartUndo {
  return ({ id, by, authority }) =>
    judged(async (tx, inForce) => {
      const at = now();
      const refused = await refuse(tx, id, async (plan) => {
        const authorised = await authority(tx, { place: placesOf(plan), inForce, at });
        if (authorised.outcome !== 'authorised') return authorised;
        const { opened, closed } = bearingOf(plan);
        const isBeyond = authorised.right.role === 'head' && opened + closed > 0;
        return isBeyond ? { outcome: 'needs-academie' } : undefined;
      });
      if (refused) return refused;
      const begun = await beginUndo(tx, { id, by }, at);
      if (begun) return begun as Exclude<typeof begun, { outcome: 'undone' | 'busy' | 'unknown-plan' }>;
      await addJob(tx, {
        task: UNDO,
        payload: { plan: id, by: by.person },
        queueName: ROSTER_QUEUE,
        key: `${UNDO} ${id}`,
      });
      return { outcome: 'started' };
    });
}

async function refuse(
  tx: Tx,
  id: string,
  judge: (plan: PlanRow) => Promise<NotStarted | undefined>,
): Promise<NotStarted | undefined> {
  const plan = isUuid(id) ? await findPlan(tx, id) : undefined;
  return plan ? judge(plan) : { outcome: 'unknown-plan' };
}

/** None for a plan from before places were noted: it is an operator's. */
export function placesOf({ summary }: Pick<PlanRow, 'summary'>): { uai?: string; academie: string }[] {
  return (summary.places as { uai?: string; academie: string }[] | undefined) ?? [];
}

export function bearingOf({ summary }: Pick<PlanRow, 'summary'>): Bearing {
  const noted = summary.bearing as (Omit<Bearing, 'cut'> & Partial<Bearing>) | undefined;
  // A plan from before cuts were told apart: all that it closes may be one.
  return noted ? { ...noted, cut: noted.cut ?? noted.closed } : NO_BEARING;
}

/** Killed at any point, the next attempt goes on where it stopped. */
export function createRosterTasks(dependencies: RosterDependencies): Tasks {
  const apply = createApplyRoster(dependencies);
  const undo = createUndoRoster(dependencies);
  return {
    [APPLY]: async (payload) => goOn((await apply(read(payload))).outcome),
    [UNDO]: async (payload) => goOn((await undo(read(payload))).outcome),
  };
}

function read(payload: unknown): { id: string; by: Actor } {
  const { plan, by } = payload as { plan: string; by: number };
  return { id: plan, by: { kind: 'person', person: by } };
}

/** Somebody else's work on rosters comes first; the queue asks again. */
function goOn(outcome: string): void {
  if (outcome === 'busy') throw new Error('another roster is being applied or undone');
}
