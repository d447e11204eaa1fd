import type { Db, Tx } from '../storage/postgres.ts';
import type { Actor } from './actor.ts';
import type { AuditEvent } from './events.ts';
import { insertEvents } from './store.ts';

/** What an event tells besides its name. Never a secret, a code or a person's name: numbers, ids and states. */
export type Details = { readonly [key: string]: Detail };
type Detail = string | number | boolean | null | readonly Detail[] | Details;

export interface Event {
  name: AuditEvent;
  /** The number of the person it was done to. */
  subject?: number;
  details?: Details;
  reason?: string;
}

/** In the act's own transaction: no audit line, no act. */
export function record(tx: Db | Tx, by: Actor, event: Event, at: Date): Promise<void> {
  return recordAll(tx, by, [event], at);
}

/** Several events of one act, in one statement. */
export async function recordAll(tx: Db | Tx, by: Actor, events: readonly Event[], at: Date): Promise<void> {
  if (events.length > 0) await insertEvents(tx, { by, events, at });
}
