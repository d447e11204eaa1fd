import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Db } from '../storage/postgres.ts';
import type { OrderRecord } from './order-record.ts';
import { outlast } from './outlast.ts';
import { selectOrder, updateEnded, waitForClock } from './store.ts';

export type EndedOrder =
  | { outcome: 'ended'; order: OrderRecord }
  | { outcome: 'unknown-order' }
  | { outcome: 'already-ended'; order: OrderRecord }
  /** What a cut-off order killed stays dead: it has no end. */
  | { outcome: 'has-no-end'; order: OrderRecord };

/** The end of a standing order restores exactly what was there: nothing had been changed. */
export async function endOrder(
  db: Db,
  by: Actor,
  ending: { id: string; reason: string },
  at: Date,
): Promise<EndedOrder> {
  return outlast(db, async (tx) => {
    await waitForClock(tx);
    const order = await updateEnded(tx, { ...ending, by, at });
    if (!order) return whyNotEnded(await selectOrder(tx, ending.id));
    const details = { order: order.id, measure: order.measure };
    await record(tx, by, { name: 'order.ended', details, reason: ending.reason }, at);
    return { outcome: 'ended', order };
  });
}

function whyNotEnded(order: OrderRecord | undefined): EndedOrder {
  if (!order) return { outcome: 'unknown-order' };
  const hasNoEnd = order.kind === 'cut-off' && !order.drill;
  return { outcome: hasNoEnd ? 'has-no-end' : 'already-ended', order };
}
