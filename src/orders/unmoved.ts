import type { Tx } from '../storage/postgres.ts';
import { lockVersion } from './store.ts';

/**
 * For transactions that let somebody in: have the orders moved since the version they were judged under?
 * Where they have, roll back and judge once more, under `orders.upTo(version)`.
 */
export async function assertOrdersUnmoved(
  tx: Tx,
  version: number,
  how: 'share' | 'update' = 'share',
): Promise<{ outcome: 'unmoved' } | { outcome: 'orders-moved'; version: number }> {
  const current = await lockVersion(tx, how);
  return current === version ? { outcome: 'unmoved' } : { outcome: 'orders-moved', version: current };
}
