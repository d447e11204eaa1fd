import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Tx } from '../storage/postgres.ts';
import { raiseEpoch } from './epoch.ts';
import { countLocks, endLock, holdAccount, insertLock } from './store.ts';

export type Locked = { outcome: 'locked'; lock: string } | { outcome: 'no-account' };

/** One more lock: several may hold. What was let in before is dead for good; the credentials wait for the end. */
export async function lockAccount(
  tx: Tx,
  by: Actor,
  locking: { person: number; reason: string; at: Date; until?: Date },
): Promise<Locked> {
  const { person, reason, at } = locking;
  if (!(await holdAccount(tx, person))) return { outcome: 'no-account' };
  const lock = await insertLock(tx, { ...locking, by });
  await raiseEpoch(tx, person, 'kept');
  await record(tx, by, { name: 'account.locked', subject: person, details: { lock }, reason }, at);
  return { outcome: 'locked', lock };
}

export type Lifted = { outcome: 'lifted'; stillLocked: boolean } | { outcome: 'not-locked' };

/** Lifts this lock alone; what the others say goes on holding. */
export async function liftLock(
  tx: Tx,
  by: Actor,
  lifting: { lock: string; reason: string; at: Date },
): Promise<Lifted> {
  const { lock, reason, at } = lifting;
  const person = await endLock(tx, { id: lock, by, at });
  if (person === undefined) return { outcome: 'not-locked' };
  await record(tx, by, { name: 'account.lock-lifted', subject: person, details: { lock }, reason }, at);
  return { outcome: 'lifted', stillLocked: (await countLocks(tx, person, at)) > 0 };
}
