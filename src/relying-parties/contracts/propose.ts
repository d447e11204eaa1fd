import type { Actor } from '../../audit/actor.ts';
import { record } from '../../audit/record.ts';
import type { Db } from '../../storage/postgres.ts';
import { lockClient } from '../store.ts';
import { countUnapproved, hasState, insertVersion, latestVersion, moveVersion } from './store.ts';
import { readTerms } from './terms.ts';

export type Proposal =
  | { outcome: 'proposed'; version: number }
  | { outcome: 'invalid'; problems: string[] }
  | { outcome: 'unknown' }
  | { outcome: 'ended' }
  /** All are kept: a program does not propose without end. */
  | { outcome: 'too-many' };

export interface Dependencies {
  db: Db;
  now: () => Date;
}

const MOST_UNAPPROVED = 200;

/** A new version. It takes the place of one that waits; the one in force stays so until this one is approved. */
export function createProposeContract({ db, now }: Dependencies) {
  return async (
    by: Actor,
    { clientId, terms, reason }: { clientId: string; terms: unknown; reason?: string | undefined },
  ): Promise<Proposal> => {
    const read = readTerms(terms);
    if (read.outcome === 'invalid') return read;
    return db.transaction().execute(async (tx) => {
      const at = now();
      if (!(await lockClient(tx, clientId))) return { outcome: 'unknown' };
      if (await hasState(tx, clientId, 'ended')) return { outcome: 'ended' };
      if (by.kind === 'system' && (await countUnapproved(tx, clientId)) >= MOST_UNAPPROVED)
        return { outcome: 'too-many' };
      await moveVersion(tx, { clientId, from: ['sandbox', 'requested'], to: 'replaced', at });
      const version = (await latestVersion(tx, clientId)) + 1;
      await insertVersion(tx, { clientId, version, state: 'sandbox', terms: read.terms, at });
      const details = { clientId, version };
      await record(tx, by, { name: 'contract.proposed', details, ...(reason && { reason }) }, at);
      return { outcome: 'proposed', version };
    });
  };
}
