import type { CeremonyAwaited } from '../ceremony.ts';
import { HALF_TASK } from '../halves/task-names.ts';

/**
 * Guardians, staff, officers: one half on paper, typed first; the other drawn when it is sent, to a contact that has
 * stood in the feed unchanged. The screen shows nothing: it waits for what arrives elsewhere.
 */
export function createSplitLetter(given: { seconds: number; perDay: number }): CeremonyAwaited {
  return {
    name: 'split-letter',
    proofs: { first: 'letter-code', second: 'electronic-half' },
    device: 'own',
    ...given,
    shown: () => undefined,
    job: { task: HALF_TASK, maxAttempts: 6 },
  };
}
