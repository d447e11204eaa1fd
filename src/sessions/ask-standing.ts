import type { OrdersInForce } from '../orders/order.ts';
import type { Orders } from '../orders/orders.ts';
import type { Db } from '../storage/postgres.ts';
import { type Asked, type Standing, standing } from './standing.ts';

export interface AnsweredStanding {
  readonly standing: Standing;
  /** Not older than the standing: what the request is judged under, stamps with and names when it lets in. */
  readonly inForce: OrdersInForce;
}

/** The one question of a request: standing and orders, of which neither is older than the other's news. */
export function createAskStanding({ db, orders }: { db: Db; orders: Pick<Orders, 'inForce' | 'upTo'> }) {
  return async (asked: Asked): Promise<AnsweredStanding> => {
    const latest = await orders.inForce();
    const answer = await standing(db, asked);
    const isBehind = latest.version < answer.clock.version;
    return { standing: answer, inForce: isBehind ? await orders.upTo(answer.clock.version) : latest };
  };
}
export type AskStanding = ReturnType<typeof createAskStanding>;
