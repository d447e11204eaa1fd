import { z } from 'zod';
import { type CutOffMeasure, isMeasure, MEASURES, type Measure, type StandingMeasure } from './measures.ts';
import { type Scope, scopeSchema } from './scope.ts';

interface Common {
  readonly id: string;
  readonly scope: Scope;
  readonly parameters: Readonly<Record<string, unknown>>;
}

interface Standing extends Common {
  readonly kind: 'standing';
  readonly measure: StandingMeasure;
  /** Undefined: in force as soon as it is known. Only a date that was asked for waits for a clock. */
  readonly startsAt: Date | undefined;
  readonly endsAt: Date | undefined;
}

interface CutOff extends Common {
  readonly kind: 'cut-off';
  readonly measure: CutOffMeasure;
  readonly generation: number;
  readonly orderedAt: Date;
}

/** An order that is enforced. A drill can never be one: the two are distinct types (design D6). */
export type LiveOrder = (Standing | CutOff) & { readonly drill: false };
/** An order that is evaluated and counted, and enforces nothing. */
export type DrillOrder = (Standing | CutOff) & { readonly drill: true };

/** The orders as one process knows them. All that is asked during one request is asked of one of these. */
export interface OrdersInForce {
  /** Moves with every change of orders. What lets in or releases names it and fails if it moved. */
  readonly version: number;
  /** With what is made now is stamped; lower than a cut-off order's means dead. */
  readonly generation: number;
  /** Moves with every change of clients, contracts and keys. */
  readonly clientsVersion: number;
  readonly live: readonly LiveOrder[];
  readonly drills: readonly DrillOrder[];
}

const row = z.object({
  id: z.string(),
  measure: z.string().refine(isMeasure),
  drill: z.boolean(),
  scope: scopeSchema,
  parameters: z.record(z.string(), z.unknown()),
  generation: z.number().nullable(),
  starts_at: z.coerce.date().nullable(),
  ends_at: z.coerce.date().nullable(),
  created_at: z.coerce.date(),
});

/** Throws on a row this version does not understand: better no answer than one that leaves out an order. */
export function parseOrder(given: unknown): LiveOrder | DrillOrder {
  const { id, measure, drill, scope, parameters, generation, starts_at, ends_at, created_at } =
    row.parse(given);
  const common = { id, scope, parameters };
  const order: Standing | CutOff = isCutOffMeasure(measure)
    ? { ...common, kind: 'cut-off', measure, generation: z.number().parse(generation), orderedAt: created_at }
    : {
        ...common,
        kind: 'standing',
        measure,
        startsAt: starts_at ?? undefined,
        endsAt: ends_at ?? undefined,
      };
  return drill ? { ...order, drill: true } : { ...order, drill: false };
}

export function isCutOffMeasure(measure: Measure): measure is CutOffMeasure {
  return MEASURES[measure] === 'cut-off';
}
