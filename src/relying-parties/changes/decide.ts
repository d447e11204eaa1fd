import type { Actor } from '../../audit/actor.ts';
import { record } from '../../audit/record.ts';
import { holdClock } from '../../orders/store.ts';
import type { Tx } from '../../storage/postgres.ts';
import { approverOf, type Dependencies } from '../contracts/approve.ts';
import { type Tally, tally } from '../contracts/tally.ts';
import type { Metadata } from '../metadata.ts';
import { holdClient, lockClient, updateMetadata } from '../store.ts';
import { changesOf } from './difference.ts';
import { findWaiting, standingOf } from './standing.ts';
import { type AskedChange, deleteChange, insertChangeApproval } from './store.ts';

export interface Decision {
  clientId: string;
  /** What the decider has read: its publisher may ask for another at any moment. */
  change: number;
  reason?: string | undefined;
}

export type Refused = { outcome: 'done'; change: AskedChange } | { outcome: 'nothing-asked' };

export type Approved =
  | Refused
  | { outcome: 'one-more'; change: AskedChange; given: number; needed: number }
  /** One human is one approval. */
  | { outcome: 'already-approved' };

/** With the last approval needed it is in force from the next request on. */
export function createApproveChange({ db, now, operatorsAre }: Dependencies) {
  return (by: Actor, decision: Decision): Promise<Approved> =>
    db.transaction().execute(async (tx) => {
      if (!(await holdClient(tx, decision.clientId))) return { outcome: 'nothing-asked' };
      // Before anybody's right, as whoever ends one has it.
      await holdClock(tx);
      return approveChange(tx, { by, approver: approverOf(by, operatorsAre), decision, at: now() });
    });
}

interface Deciding {
  by: Actor;
  decision: Decision;
  at: Date;
}

export async function approveChange(tx: Tx, approving: Deciding & { approver: string }): Promise<Approved> {
  const { by, approver, decision, at } = approving;
  const { clientId, change: id, reason } = decision;
  const former = await lockClient(tx, clientId);
  const change = former && (await findWaiting(tx, decision));
  if (!change) return { outcome: 'nothing-asked' };
  const isNew = await insertChangeApproval(tx, { change: id, approver, by, at });
  const { isEnough, ...counted } = await tally(tx, { ...(await standingOf(tx, change, at)), approver });
  if (isEnough) return putInForce(tx, { by, decision, at, former, counted });
  if (!isNew) return { outcome: 'already-approved' };
  const details = { clientId, change: id, ...counted };
  await record(tx, by, { name: 'client.change-approval-given', details, ...(reason && { reason }) }, at);
  return { outcome: 'one-more', change, ...counted };
}

interface Enough extends Deciding {
  former: Metadata;
  counted: Omit<Tally, 'isEnough'>;
}

async function putInForce(tx: Tx, { by, decision, at, former, counted }: Enough): Promise<Approved> {
  const { clientId, change: id, reason } = decision;
  const change = await deleteChange(tx, { clientId, id });
  if (!change) return { outcome: 'nothing-asked' };
  await updateMetadata(tx, { clientId, metadata: change.metadata });
  const details = { clientId, change: id, ...counted, ...changesOf(former, change.metadata) };
  await record(tx, by, { name: 'client.change-approved', details, ...(reason && { reason }) }, at);
  return { outcome: 'done', change };
}

/** One is enough, and whatever was approved of it is forgotten. */
export function createRefuseChange({ db, now }: Pick<Dependencies, 'db' | 'now'>) {
  return (by: Actor, decision: Decision): Promise<Refused> =>
    db.transaction().execute((tx) => refuseChange(tx, { by, decision, at: now() }));
}

export async function refuseChange(tx: Tx, { by, decision, at }: Deciding): Promise<Refused> {
  const { clientId, change: id, reason } = decision;
  const change = (await holdClient(tx, clientId)) && (await deleteChange(tx, { clientId, id }));
  if (!change) return { outcome: 'nothing-asked' };
  const details = { clientId, change: change.id };
  await record(tx, by, { name: 'client.change-refused', details, ...(reason && { reason }) }, at);
  return { outcome: 'done', change };
}
