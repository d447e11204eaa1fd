import { z } from 'zod';
import { type DrillOrder, type LiveOrder, type OrdersInForce, parseOrder } from './order.ts';

/** PostgreSQL's last answer. */
export interface Known {
  readonly version: number;
  readonly generation: number;
  readonly clientsVersion: number;
  readonly orders: readonly (LiveOrder | DrillOrder)[];
  /** When the question was sent, on the monotonic clock: the answer is true of a moment after it. */
  readonly askedAt: number;
}

const answerSchema = z.object({
  version: z.number(),
  generation: z.number(),
  clientsVersion: z.number(),
  orders: z.array(z.unknown()).nullable(),
});

export function readAnswer(given: { answer: unknown; askedAt: number; known: Known | undefined }): Known {
  const { orders, ...clock } = answerSchema.parse(given.answer);
  return { ...clock, askedAt: given.askedAt, orders: orders?.map(parseOrder) ?? given.known?.orders ?? [] };
}

/** Those in force at this moment, live ones and drills apart. */
export function currentOf(known: Known, at: Date): OrdersInForce {
  const { version, generation, clientsVersion } = known;
  const orders = known.orders.filter((order) => isInForce(order, at));
  return {
    version,
    generation,
    clientsVersion,
    live: orders.filter((order) => !order.drill),
    drills: orders.filter((order) => order.drill),
  };
}

function isInForce(order: LiveOrder | DrillOrder, at: Date): boolean {
  if (order.kind === 'cut-off') return true;
  const { startsAt, endsAt } = order;
  return (!startsAt || startsAt <= at) && (!endsAt || endsAt > at);
}
