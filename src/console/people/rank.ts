import { membershipsOf } from '../../directory/memberships.ts';
import { NOTICES } from '../../notices/send-notice.ts';
import type { Reached } from '../../reading/reach.ts';
import { reach } from '../../reading/reach.ts';
import { accountsOf, type LockShown } from '../../reading/record-store.ts';
import { listRights, type RightState } from '../../rights/list.ts';
import type { Right, Role } from '../../rights/rights.ts';
import type { Db, Tx } from '../../storage/postgres.ts';

const RANKS: Readonly<Record<Role, number>> = {
  teacher: 2,
  distributor: 2,
  auditor: 2,
  head: 3,
  'academie-officer': 4,
  'national-officer': 5,
};
/** By the roster alone, who has no right yet. */
const STAFF = 2;
const HEAD = 3;

/** Nobody acts on their own account here, or on one whose holder may do as much as they: who is above does. */
export async function isAbove(
  db: Db | Tx,
  { by, right, person, at }: { by: number; right: Right; person: number; at: Date },
): Promise<boolean> {
  return by !== person && RANKS[right.role] > (await rankOf(db, person, at));
}

/** By roster and rights; one that a lock or an order suspends still counts. */
async function rankOf(db: Db | Tx, person: number, at: Date): Promise<number> {
  const memberships = await membershipsOf(db, person, at);
  const rights = await listRights(db, { person }, at);
  const ranks = [
    ...rights.filter(({ state }) => STANDING.has(state)).map(({ role }) => RANKS[role]),
    ...memberships.map(({ profile, function: code }) =>
      profile === 'staff' && code === 'DIR' ? HEAD : profile === 'staff' || profile === 'teacher' ? STAFF : 0,
    ),
  ];
  return Math.max(0, ...ranks);
}

const STANDING: ReadonlySet<RightState> = new Set(['in-force', 'holder-not-active']);

/**
 * Heads and officers lift what the holder, the system or somebody within their own right has locked. A lock from above
 * stays until whoever is there lifts it, be its officer a parent of the school too. What was disowned opens to whoever
 * claims it anew: before a reset, lifting would give it back to whoever had claimed it.
 */
export async function mayLift(
  db: Db | Tx,
  { lock, reached, at }: { lock: LockShown; reached: Reached; at: Date },
): Promise<boolean> {
  const { by } = lock;
  if (RANKS[reached.right.role] < HEAD || by.kind === 'operator') return false;
  if (by.kind === 'system' && by.name === NOTICES.name) return isDormant(db, reached.person, at);
  if (by.kind === 'system' || by.person === reached.person || by.person === reached.right.person) return true;
  const within = await reach(db, { rights: [reached.right], act: 'lock-account', persons: [by.person], at });
  return within.length > 0 && (await rankOf(db, by.person, at)) <= RANKS[reached.right.role];
}

async function isDormant(db: Db | Tx, person: number, at: Date): Promise<boolean> {
  const [account] = await accountsOf(db, [person], at);
  return account?.state === 'dormant';
}
