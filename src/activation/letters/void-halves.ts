import type { Actor } from '../../audit/actor.ts';
import { recordAll } from '../../audit/record.ts';
import type { Tx } from '../../storage/postgres.ts';
import { addJob } from '../../storage/queue.ts';
import { selectContactsBefore } from '../halves/store.ts';
import { CONTACT_CHANGED_TASK } from '../halves/task-names.ts';
import { holdSplitLetters, voidLetters } from './store.ts';

/**
 * A changed contact voids both halves of a letter that is claimed by them: the paper that is under way, and with it
 * what was sent. Wherever they were reached before is told, whoever changed it: they alone can know that it was not
 * theirs to change. Also what still stands: a mobile that is added goes before it, and has the next half.
 */
export async function voidHalves(
  tx: Tx,
  changed: readonly { person: number; closed: readonly number[] }[],
  { by, at }: { by: Actor; at: Date },
): Promise<void> {
  const held = await holdSplitLetters(
    tx,
    changed.map(({ person }) => person),
    at,
  );
  if (held.length === 0) return;
  const voided = await voidLetters(tx, held, at);
  const events = voided.map(({ person, letter }) => ({
    name: 'letter.voided' as const,
    subject: person,
    details: { letter, because: 'contact-changed' },
  }));
  await recordAll(tx, by, events, at);
  const closed = changed.flatMap((one) => one.closed);
  for (const contact of await selectContactsBefore(tx, { persons: held, closed, at }))
    await addJob(tx, { task: CONTACT_CHANGED_TASK, payload: { contact } });
}
