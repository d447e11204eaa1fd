import type { Db } from '../storage/postgres.ts';
import { type OrderRecord, type OrderState, stateOf } from './order-record.ts';
import { selectOrders } from './store.ts';

/** The newest first. */
export async function listOrders(db: Db, at: Date): Promise<(OrderRecord & { state: OrderState })[]> {
  const orders = await selectOrders(db);
  return orders.map((order) => ({ ...order, state: stateOf(order, at) }));
}
