import { holdAccount } from '../accounts/store.ts';
import type { SignedIn } from '../login/signed-in.ts';
import { findTotp } from '../second-factors/store.ts';
import type { Db, Tx } from '../storage/postgres.ts';

type Given = Pick<SignedIn, 'person' | 'amr'>;

/**
 * Whoever has a second factor gave it for this session. One that began before it was added knows the password alone:
 * it may neither replace that factor nor change the password (ASVS 7.5.1).
 */
export async function hasGivenAll(db: Db | Tx, { person, amr }: Given): Promise<boolean> {
  return amr.includes('otp') || (await findTotp(db, person.number)) === undefined;
}

/** The same inside a change: nobody adds a factor between the look and the change. */
export async function holdWithAllGiven(tx: Tx, given: Given): Promise<boolean> {
  await holdAccount(tx, given.person.number);
  return hasGivenAll(tx, given);
}
