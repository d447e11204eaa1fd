import type { Actor } from '../../audit/actor.ts';
import { record } from '../../audit/record.ts';
import { holdClock } from '../../orders/store.ts';
import type { Tx } from '../../storage/postgres.ts';
import { lockClient } from '../store.ts';
import type { Dependencies as Base } from './propose.ts';
import { hasState, insertApproval, lockRequested, moveVersion, selectApprovers } from './store.ts';
import { type Approving as Counted, tally } from './tally.ts';
import { approvalsNeeded, type Terms } from './terms.ts';

export interface Dependencies extends Base {
  /** In production an operator is their OS user; elsewhere, where one human plays several, the name they gave. */
  operatorsAre: 'os-users' | 'names';
}

export type Approval =
  | { outcome: 'approved'; version: number }
  | { outcome: 'one-more'; version: number; given: number; needed: number }
  /** One human is one approval. */
  | { outcome: 'already-approved'; version: number }
  | { outcome: 'nothing-requested' }
  /** The version in force is suspended: that is decided first. */
  | { outcome: 'suspended' };

export interface Decision {
  clientId: string;
  /** What the approver has read: its publisher may ask for a newer one at any moment. */
  version: number;
  reason?: string | undefined;
}

/** With the last approval needed the version takes the place of the one in force. */
export function createApproveContract(from: Dependencies) {
  return (by: Actor, decision: Decision): Promise<Approval> =>
    from.db.transaction().execute(async (tx) => {
      const found = await findToApprove(tx, decision);
      if (found.outcome !== 'found') return found;
      // Before anybody's right, as whoever ends one has it.
      await holdClock(tx);
      return approveIn(tx, {
        ...found,
        by,
        decision,
        approver: approverOf(by, from.operatorsAre),
        at: from.now(),
      });
    });
}

type Found =
  | { outcome: 'found'; version: number; terms: Terms }
  | { outcome: 'nothing-requested' }
  | { outcome: 'suspended' };

/** Held until the transaction ends: of two who decide at once one waits. */
export async function findToApprove(tx: Tx, { clientId, version }: Decision): Promise<Found> {
  if (!(await lockClient(tx, clientId))) return { outcome: 'nothing-requested' };
  if (await hasState(tx, clientId, 'suspended')) return { outcome: 'suspended' };
  const requested = await lockRequested(tx, clientId);
  return requested?.version === version
    ? { outcome: 'found', ...requested }
    : { outcome: 'nothing-requested' };
}

interface Approving {
  version: number;
  terms: Terms;
  by: Actor;
  approver: string;
  decision: Decision;
  at: Date;
}

export async function approveIn(tx: Tx, approving: Approving): Promise<Approval> {
  const { version, terms, by, approver, decision, at } = approving;
  const { clientId, reason } = decision;
  const isNew = await insertApproval(tx, { clientId, version, approver, by, at });
  const standing = await standingOf(tx, { clientId, version, terms, at });
  const { given, needed, isEnough } = await tally(tx, { ...standing, approver });
  // Given before, it may have been of no worth when the others gave theirs.
  if (!isNew && !isEnough) return { outcome: 'already-approved', version };
  if (isEnough) await putInForce(tx, { clientId, version, at });
  const name = isEnough ? 'contract.approved' : 'contract.approval-given';
  const details = { clientId, version, given, needed };
  await record(tx, by, { name, details, ...(reason && { reason }) }, at);
  return isEnough ? { outcome: 'approved', version } : { outcome: 'one-more', version, given, needed };
}

export async function standingOf(
  tx: Tx,
  { terms, at, ...version }: { clientId: string; version: number; terms: Terms; at: Date },
): Promise<Counted> {
  return { approvers: await selectApprovers(tx, version), needed: approvalsNeeded(terms), terms, at };
}

export function approverOf(by: Actor, operatorsAre: Dependencies['operatorsAre']): string {
  if (by.kind === 'person') return `person:${by.person}`;
  if (by.kind === 'system') throw new Error('nobody approves by themselves');
  return `operator:${operatorsAre === 'os-users' ? by.osUser : by.name}`;
}

async function putInForce(tx: Tx, given: { clientId: string; version: number; at: Date }): Promise<void> {
  const { clientId, version, at } = given;
  await moveVersion(tx, { clientId, from: ['approved'], to: 'replaced', at });
  await moveVersion(tx, { clientId, version, from: ['requested'], to: 'approved', at });
}
