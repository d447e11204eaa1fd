import { CUTS, type CutOffMeasure, type Made, type Measure, type StandingMeasure } from './measures.ts';
import type { DrillOrder, LiveOrder, OrdersInForce } from './order.ts';
import { isInScope, type Subject } from './scope.ts';

/** What the standing orders say about one subject. Only `enforced` may change a decision. */
export interface Judgement {
  readonly enforced: readonly StandingMeasure[];
  /** What the drills would have said: to be counted. */
  readonly observed: readonly StandingMeasure[];
}

/** Everything orders can say, one word per measure: all who let in, release or show ask here. */
export type Evaluation = {
  readonly [M in StandingMeasure]: boolean;
} & {
  /** The highest generation of a cut-off order over the subject: what carries a lower one is dead. */
  readonly [M in CutOffMeasure]: number;
};

export function judge(inForce: OrdersInForce, subject: Subject): Judgement {
  return { enforced: standingOver(inForce.live, subject), observed: standingOver(inForce.drills, subject) };
}

/** The eight measures by name, as the live orders have them; drills have no say here. */
export function evaluate(inForce: Pick<OrdersInForce, 'live'>, subject: Subject): Evaluation {
  const standing = standingOver(inForce.live, subject);
  const cut = (measure: CutOffMeasure) => generationOf(inForce.live, subject, [measure]);
  return {
    freeze: standing.includes('freeze'),
    'suspend-relying-party': standing.includes('suspend-relying-party'),
    'withhold-claims': standing.includes('withhold-claims'),
    'require-second-factor': standing.includes('require-second-factor'),
    'suspend-rights': standing.includes('suspend-rights'),
    'close-sessions': cut('close-sessions'),
    'void-codes': cut('void-codes'),
    'reset-credentials': cut('reset-credentials'),
  };
}

/** What was made with a lower generation than this is dead. 0: no cut-off order is over this subject. */
export function cutOffGeneration(inForce: Pick<OrdersInForce, 'live'>, subject: Subject, made: Made): number {
  return generationOf(inForce.live, subject, CUTTING[made]);
}

/** Was this thing made before a cut-off order that is over the subject? No clock decides, only generations. */
export function isCutOff(
  inForce: Pick<OrdersInForce, 'live'>,
  subject: Subject,
  stamp: { made: Made; generation: number },
): boolean {
  return stamp.generation < cutOffGeneration(inForce, subject, stamp.made);
}

/** Drills of cut-off measures that would have killed it: to be counted. */
export function wouldBeCutOff(
  inForce: Pick<OrdersInForce, 'drills'>,
  subject: Subject,
  stamp: { made: Made; generation: number },
): boolean {
  return stamp.generation < generationOf(inForce.drills, subject, CUTTING[stamp.made]);
}

function standingOver(orders: readonly (LiveOrder | DrillOrder)[], subject: Subject): StandingMeasure[] {
  const measures: StandingMeasure[] = [];
  for (const order of orders) {
    if (order.kind !== 'standing' || measures.includes(order.measure)) continue;
    if (isInScope(order.scope, subject, 'now')) measures.push(order.measure);
  }
  return measures;
}

function generationOf(
  orders: readonly (LiveOrder | DrillOrder)[],
  subject: Subject,
  measures: readonly Measure[],
): number {
  return orders.reduce((highest, order) => {
    if (order.kind !== 'cut-off' || order.generation <= highest) return highest;
    const isOver = measures.includes(order.measure) && isInScope(order.scope, subject, order.orderedAt);
    return isOver ? order.generation : highest;
  }, 0);
}

function measuresCutting(made: Made): CutOffMeasure[] {
  return (Object.keys(CUTS) as CutOffMeasure[]).filter((measure) => CUTS[measure].includes(made));
}

const CUTTING: Record<Made, readonly CutOffMeasure[]> = {
  session: measuresCutting('session'),
  code: measuresCutting('code'),
  credential: measuresCutting('credential'),
};
