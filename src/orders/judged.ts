import type { Db, Tx } from '../storage/postgres.ts';
import { Unavailable } from '../storage/unavailable.ts';
import type { OrdersInForce } from './order.ts';
import type { Orders } from './orders.ts';
import { assertOrdersUnmoved } from './unmoved.ts';

/** One transaction under orders that did not move while it ran; judged once more where they had (design D6). */
export type Judged = <T>(act: (tx: Tx, inForce: OrdersInForce) => Promise<T>, moving?: Moving) => Promise<T>;

/**
 * Of an act that moves the clock itself. What it is about is held first and then the clock, for it alone: in the order
 * of everybody who moves it, or two would each wait for what the other holds.
 */
export interface Moving {
  hold(tx: Tx): Promise<unknown>;
}

const MOST_TURNS = 4;

export function createJudged({ db, orders }: { db: Db; orders: Pick<Orders, 'inForce' | 'upTo'> }): Judged {
  return async (act, moving) => {
    let inForce = await orders.inForce();
    for (let turn = 0; turn < MOST_TURNS; turn += 1) {
      const answer = await db.transaction().execute(async (tx) => {
        await moving?.hold(tx);
        const check = await assertOrdersUnmoved(tx, inForce.version, moving ? 'update' : 'share');
        if (check.outcome === 'orders-moved') return check;
        return { outcome: 'acted', value: await act(tx, inForce) } as const;
      });
      if (answer.outcome === 'acted') return answer.value;
      inForce = await orders.upTo(answer.version);
    }
    throw new Unavailable('orders');
  };
}
