import type { Actor } from '../../audit/actor.ts';
import { recordAll } from '../../audit/record.ts';
import type { Tx } from '../../storage/postgres.ts';
import { addJob } from '../../storage/queue.ts';
import { CONTACT_CHANGED_TASK } from '../halves/task-names.ts';
import { holdSplitLetters, voidLetters } from './store.ts';

/**
 * A changed contact voids both halves of a letter that is claimed by them: the paper that is under way, and with it
 * what was sent. The contact that was is told, whoever changed it: they alone can know that it was not theirs to change.
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
  const contacts = changed.filter(({ person }) => held.includes(person)).flatMap(({ closed }) => closed);
  for (const contact of contacts) await addJob(tx, { task: CONTACT_CHANGED_TASK, payload: { contact } });
}
