import type { Tasks } from '../../storage/queue.ts';
import { type Dependencies as SendDependencies, sendHalf } from './send-half.ts';
import { CONTACT_CHANGED_TASK, HALF_TASK, REPRINT_TASK } from './task-names.ts';
import { type Dependencies as TellDependencies, tellFormerContact, tellReprint } from './tell.ts';

export type Dependencies = SendDependencies & TellDependencies;

/** What the queue does for letters in two halves, and for letters printed for one person alone. */
export function createHalfTasks(from: Dependencies): Tasks {
  return {
    [HALF_TASK]: (payload) => sendHalf(from, payload),
    [CONTACT_CHANGED_TASK]: (payload) => tellFormerContact(from, payload),
    [REPRINT_TASK]: (payload) => tellReprint(from, payload),
  };
}
