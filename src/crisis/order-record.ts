import type { Actor } from '../audit/actor.ts';
import type { Measure } from '../orders/measures.ts';
import type { Scope } from '../orders/scope.ts';

/** An order as people read it: with who, why, and what became of it. */
export interface OrderRecord {
  readonly id: string;
  readonly measure: Measure;
  readonly kind: 'standing' | 'cut-off';
  readonly drill: boolean;
  readonly scope: Scope;
  readonly reason: string;
  readonly orderedBy: Actor;
  /** Of a cut-off order: what carries a lower one is dead. */
  readonly generation: number | undefined;
  readonly createdAt: Date;
  readonly startsAt: Date;
  readonly endsAt: Date | undefined;
  readonly endedAt: Date | undefined;
  readonly endedBy: Actor | undefined;
  readonly endReason: string | undefined;
}

export type OrderState = 'scheduled' | 'in-force' | 'ended';

export function stateOf({ startsAt, endsAt, endedAt }: OrderRecord, at: Date): OrderState {
  if (endedAt || (endsAt && endsAt <= at)) return 'ended';
  return startsAt > at ? 'scheduled' : 'in-force';
}
