import { NOTICES } from '../../activation/notices/send-notice.ts';
import { membershipsOf } from '../../directory/memberships.ts';
import type { Reached } from '../../reading/reach.ts';
import { reach } from '../../reading/reach.ts';
import { accountsOf, type LockShown } from '../../reading/record-store.ts';
import { type Right, type Role, rightsOf } from '../../rights/rights.ts';
import type { Db, Tx } from '../../storage/postgres.ts';

const RANKS: Readonly<Record<Role, number>> = {
  teacher: 2,
  distributor: 2,
  auditor: 2,
  head: 3,
  'academie-officer': 4,
  'national-officer': 5,
};
/** By the roster alone: a right that a lock suspends still counts. */
const STAFF = 2;
const HEAD = 3;

/** Nobody acts on their own account here, or on one whose holder may do as much as they: who is above does. */
export async function isAbove(
  db: Db | Tx,
  { by, right, person, at }: { by: number; right: Right; person: number; at: Date },
): Promise<boolean> {
  if (by === person) return false;
  const memberships = await membershipsOf(db, person, at);
  const held = await rightsOf(db, person, at);
  const ranks = [
    ...held.map(({ role }) => RANKS[role]),
    ...memberships.map(({ profile, function: code }) =>
      profile === 'staff' && code === 'DIR' ? HEAD : profile === 'staff' || profile === 'teacher' ? STAFF : 0,
    ),
  ];
  return RANKS[right.role] > Math.max(0, ...ranks);
}

/**
 * Heads and officers lift what the holder, the system or somebody within their own right has locked. A lock from
 * above the school stays until whoever is there lifts it. What was disowned opens to whoever claims it anew: before a
 * reset, lifting would give it back to whoever had claimed it.
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
  return within.length > 0;
}

async function isDormant(db: Db | Tx, person: number, at: Date): Promise<boolean> {
  const [account] = await accountsOf(db, [person], at);
  return account?.state === 'dormant';
}
