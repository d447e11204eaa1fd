import type { Db, Tx } from '../storage/postgres.ts';
import { Unavailable } from '../storage/unavailable.ts';
import type { Wanted } from './authority.ts';
import { ROLES } from './roles.ts';
import { countInScope } from './store.ts';

/**
 * How many a right would let one read, the guardians on a child's page among them. `pupils` are counted as the minors:
 * birth dates are sealed.
 */
export interface Readable {
  readonly persons: number;
  readonly pupils: number;
}

/** Numbers alone, exact from today's memberships, said before the right is given. Undefined: counting takes too long. */
export async function countReadable(
  db: Db | Tx,
  { role, scope }: Wanted,
  at: Date,
): Promise<Readable | undefined> {
  if (!ROLES[role].acts.includes('read-people')) return { persons: 0, pupils: 0 };
  try {
    return await countInScope(db, scope, { withGuardians: ROLES[role].acts.includes('read-guardians'), at });
  } catch (error) {
    if (error instanceof Unavailable) return undefined;
    throw error;
  }
}
