import { type Details, type Event, recordAll } from '../audit/record.ts';
import type { Tx } from '../storage/postgres.ts';
import type { CeremonyName, RefusedBecause } from './ceremony.ts';

export interface Refused {
  ceremony: CeremonyName;
  because: RefusedBecause;
  person: number | undefined;
  letter: string | undefined;
  closedWindow?: string | undefined;
  /** Where it was typed. */
  from?: Details;
  at: Date;
}

/** Why stands in the audit alone; whoever typed is told the same whatever it was. */
export async function refuse(tx: Tx, refused: Refused): Promise<void> {
  const { ceremony, because, person, letter, closedWindow, from = {}, at } = refused;
  const details = { ceremony, because, ...(letter !== undefined && { letter }), ...from };
  const subject = person !== undefined && { subject: person };
  const events: Event[] = [{ name: 'activation.refused', ...subject, details }];
  if (closedWindow !== undefined) {
    const closed = { window: closedWindow, because: 'wrong-words', ...from };
    events.push({ name: 'activation.window-closed', details: closed });
  }
  await recordAll(tx, STRANGER, events, at);
}

/** Who types is not known before both proofs are right. */
export const STRANGER = { kind: 'system', name: 'activation' } as const;
