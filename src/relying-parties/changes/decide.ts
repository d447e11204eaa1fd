import type { Actor } from '../../audit/actor.ts';
import { record } from '../../audit/record.ts';
import type { Db, Tx } from '../../storage/postgres.ts';
import { lockClient, updateMetadata } from '../store.ts';
import { changesOf } from './difference.ts';
import { type AskedChange, deleteChange } from './store.ts';

export interface Decision {
  clientId: string;
  /** What the decider has read: its publisher may ask for another at any moment. */
  change: number;
  reason?: string | undefined;
}

export type Decided = { outcome: 'done'; change: AskedChange } | { outcome: 'nothing-asked' };

interface Dependencies {
  db: Db;
  now: () => Date;
}

/** It is in force from the next request on. */
export function createApproveChange({ db, now }: Dependencies) {
  return (by: Actor, decision: Decision): Promise<Decided> =>
    db.transaction().execute((tx) => approveChange(tx, { by, decision, at: now() }));
}

interface Deciding {
  by: Actor;
  decision: Decision;
  at: Date;
}

export async function approveChange(tx: Tx, { by, decision, at }: Deciding): Promise<Decided> {
  const { clientId, change: id, reason } = decision;
  const former = await lockClient(tx, clientId);
  const change = former && (await deleteChange(tx, { clientId, id }));
  if (!change) return { outcome: 'nothing-asked' };
  await updateMetadata(tx, { clientId, metadata: change.metadata });
  const details = { clientId, change: change.id, ...changesOf(former, change.metadata) };
  await record(tx, by, { name: 'client.change-approved', details, ...(reason && { reason }) }, at);
  return { outcome: 'done', change };
}

export function createRefuseChange({ db, now }: Dependencies) {
  return (by: Actor, decision: Decision): Promise<Decided> =>
    db.transaction().execute((tx) => refuseChange(tx, { by, decision, at: now() }));
}

export async function refuseChange(tx: Tx, { by, decision, at }: Deciding): Promise<Decided> {
  const { clientId, change: id, reason } = decision;
  const change = await deleteChange(tx, { clientId, id });
  if (!change) return { outcome: 'nothing-asked' };
  const details = { clientId, change: change.id };
  await record(tx, by, { name: 'client.change-refused', details, ...(reason && { reason }) }, at);
  return { outcome: 'done', change };
}
