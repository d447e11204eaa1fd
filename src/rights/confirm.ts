import type { OrdersInForce } from '../orders/order.ts';
import type { Tx } from '../storage/postgres.ts';

export type Confirmed = { outcome: 'confirmed' } | { outcome: 'wrong-code' } | { outcome: 'start-again' };

/** The factor of whoever acts, given for this one act and spent in its transaction. */
export type Confirm = (tx: Tx, given: { inForce: OrdersInForce; at: Date }) => Promise<Confirmed>;

/** At the command line nobody has a factor: the audit names the operator. */
export const confirmedByOperator: Confirm = async () => ({ outcome: 'confirmed' });
