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

/** The same answer at two moments is the same object, unless an order starts or ends between them. */
export function createCurrent(): (known: Known, at: Date) => OrdersInForce {
  let last: { known: Known; inForce: OrdersInForce; from: number; until: number } | undefined;
  return (known, at) => {
    const moment = at.getTime();
    const holds = last && isSame(last.known, known) && last.from <= moment && moment < last.until;
    if (!last || !holds) last = { known, inForce: currentOf(known, at), ...unchangedAround(moment, known) };
    return last.inForce;
  };
}

function isSame(one: Known, other: Known): boolean {
  return (
    one.version === other.version &&
    one.generation === other.generation &&
    one.clientsVersion === other.clientsVersion &&
    one.orders === other.orders
  );
}

/** From the last start or end to the next one. */
function unchangedAround(moment: number, { orders }: Known): { from: number; until: number } {
  const turns = orders
    .flatMap((order) => (order.kind === 'standing' ? [order.startsAt, order.endsAt] : []))
    .flatMap((date) => date?.getTime() ?? []);
  return {
    from: Math.max(Number.NEGATIVE_INFINITY, ...turns.filter((turn) => turn <= moment)),
    until: Math.min(Number.POSITIVE_INFINITY, ...turns.filter((turn) => turn > moment)),
  };
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
