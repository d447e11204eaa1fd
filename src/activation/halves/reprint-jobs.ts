import type { Tx } from '../../storage/postgres.ts';
import { addJob } from '../../storage/queue.ts';
import { selectReprintContacts } from './store.ts';
import { REPRINT_TASK } from './task-names.ts';

/** With the printing, in its transaction: a job for each who is told, once whatever the number of letters. */
export async function addReprintJobs(
  tx: Tx,
  {
    batch,
    ...given
  }: { batch: string; persons: readonly number[]; uai: string; printer: number | undefined; at: Date },
): Promise<void> {
  for (const contact of await selectReprintContacts(tx, given)) {
    await addJob(tx, { task: REPRINT_TASK, payload: { batch, contact } });
  }
}
