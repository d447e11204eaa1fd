import type { Db, Tx } from '../storage/postgres.ts';
import type { Actor } from './actor.ts';
import type { Event } from './record.ts';

export async function insertEvents(
  tx: Db | Tx,
  { by, events, at }: { by: Actor; events: readonly Event[]; at: Date },
): Promise<void> {
  const actor = JSON.stringify(by);
  const rows = events.map(({ name, subject, details, reason }) => ({
    at,
    name,
    actor,
    subject: subject ?? null,
    details: JSON.stringify(details ?? {}),
    reason: reason ?? null,
  }));
  await tx.insertInto('audit_events').values(rows).execute();
}
