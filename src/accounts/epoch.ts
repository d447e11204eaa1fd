import { announceEndsOf } from '../sessions/logout-notices.ts';
import type { Tx } from '../storage/postgres.ts';
import { carryCredentials, incrementEpoch } from './store.ts';

/**
 * Everything that was let in under the former epoch is dead with the commit: sessions, grants, refresh families,
 * codes, letters, known devices, half-open ceremonies. `void` takes the credentials too (a reset), `kept` does not
 * (a lock, which may be lifted; a change of password, which sets its own). Answers the new epoch.
 */
export async function raiseEpoch(tx: Tx, person: number, credentials: 'kept' | 'void'): Promise<number> {
  const epoch = await incrementEpoch(tx, person);
  if (epoch === undefined) throw new Error('a person without an account');
  if (credentials === 'kept') await carryCredentials(tx, person, epoch);
  await announceEndsOf(tx, person);
  return epoch;
}
