import type { Db, Tx } from '../../storage/postgres.ts';
import { approversShown } from '../contracts/say.ts';
import { selectVersions, type Version } from '../contracts/store.ts';
import type { Approving } from '../contracts/tally.ts';
import { approvalsNeeded } from '../contracts/terms.ts';
import { type AskedChange, selectChanges, type WaitingChange } from './store.ts';

/** A change that waits for this client under this number. */
export async function findWaiting(
  tx: Tx,
  { clientId, change }: { clientId: string; change: number },
): Promise<WaitingChange | undefined> {
  return (await selectChanges(tx, { clientId })).find(({ id }) => id === change);
}

/** By whose word a change comes into force, and who gave theirs. */
export async function standingOf(
  tx: Tx,
  { clientId, approvers }: WaitingChange,
  at: Date,
): Promise<Approving> {
  return { ...ruleOf(await selectVersions(tx, { clientId, are: 'live' })), approvers, at };
}

/**
 * It takes as many as what is in force; as many as what waits beside it too, where whoever approved that has read the
 * registration as it is. Without a contract in force no officer has a say.
 */
function ruleOf(versions: readonly Version[]): Pick<Approving, 'terms' | 'needed'> {
  const inForce = versions.find(({ state }) => state !== 'requested');
  const needed = versions.map(({ terms }) => approvalsNeeded(terms));
  return { terms: inForce?.terms, needed: Math.max(1, ...needed) };
}

export interface Shown extends AskedChange {
  needed: number;
  /** Those whose approval counts now. */
  approvers: readonly string[];
}

/** All that wait, for a page or a list. */
export async function selectShown(db: Db, at: Date): Promise<Shown[]> {
  const [changes, versions] = [await selectChanges(db), await selectVersions(db, { are: 'live' })];
  const ofClient = Map.groupBy(versions, ({ clientId }) => clientId);
  const shown: Shown[] = [];
  for (const change of changes) {
    const { terms, needed } = ruleOf(ofClient.get(change.clientId) ?? []);
    const approvers = await approversShown(db, { approvers: change.approvers, terms, at });
    shown.push({ ...change, needed, approvers });
  }
  return shown;
}
