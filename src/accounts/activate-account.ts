import { sql } from 'kysely';
import { record } from '../audit/record.ts';
import type { Tx } from '../storage/postgres.ts';
import { type Claim, claimDormant, isUsernameTaken } from './store.ts';

export type Activated = { outcome: 'activated' } | { outcome: 'not-dormant' } | { outcome: 'username-taken' };

/**
 * Dormant → active, once, by one conditional statement. `epoch` is the one the ceremony began under; `claimedBy` names
 * the ceremony. The two proofs are the caller's business, and so is the password that follows.
 */
export async function activateAccount(tx: Tx, claim: Claim): Promise<Activated> {
  if (await isUsernameTaken(tx, claim)) return { outcome: 'username-taken' };
  const claimed = await claimUnlessTaken(tx, claim);
  if (claimed === 'username-taken') return { outcome: claimed };
  if (!claimed) return { outcome: 'not-dormant' };
  await record(
    tx,
    { kind: 'person', person: claim.person },
    { name: 'account.activated', subject: claim.person, details: { by: claim.claimedBy } },
    claim.at,
  );
  return { outcome: 'activated' };
}

/** Two people may draw the same name at the same moment: the index decides, and the transaction goes on. */
async function claimUnlessTaken(tx: Tx, claim: Claim): Promise<boolean | 'username-taken'> {
  await sql`savepoint claim`.execute(tx);
  try {
    const claimed = await claimDormant(tx, claim);
    await sql`release savepoint claim`.execute(tx);
    return claimed;
  } catch (error) {
    if (!isUsernameConflict(error)) throw error;
    await sql`rollback to savepoint claim`.execute(tx);
    return 'username-taken';
  }
}

const UNIQUE_VIOLATION = '23505';

function isUsernameConflict(error: unknown): boolean {
  const { code, constraint } = error as { code?: string; constraint?: string };
  return code === UNIQUE_VIOLATION && constraint === 'accounts_username_digest_key';
}
