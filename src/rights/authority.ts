import type { Actor } from '../audit/actor.ts';
import { findEstablishment } from '../directory/establishments.ts';
import type { Tx } from '../storage/postgres.ts';
import { holdToGive } from './giving-store.ts';
import type { Right } from './right.ts';
import { rightsOf } from './rights-of.ts';
import { ROLES, type Role } from './roles.ts';
import { isWithin, type RightScope } from './scope.ts';
import { updateLastUse } from './store.ts';

/** What a right would be: which role, over what. */
export interface Wanted {
  readonly role: Role;
  readonly scope: RightScope;
}

/** By what somebody may give, renew or end a right: a right of their own, or the command line. */
export type Authority = { kind: 'right'; right: Right } | { kind: 'operator' };

/**
 * Only downwards: a lower role, within one's own scope. The right is held until the transaction ends: whoever takes
 * it away waits, and then finds what was given under it.
 */
export async function authorityOver(
  tx: Tx,
  by: Actor,
  wanted: Wanted,
  at: Date,
): Promise<Authority | undefined> {
  if (by.kind === 'operator') return { kind: 'operator' };
  if (by.kind !== 'person') return undefined;
  const academie = await academieOf(tx, wanted.scope);
  const mine = (await rightsOf(tx, by.person, at))
    .filter((right) => mayGive(right, wanted, academie))
    .sort((one, other) => other.until.getTime() - one.until.getTime());
  for (const right of mine) {
    if (!(await holdToGive(tx, right.id))) continue;
    await updateLastUse(tx, right.id, at);
    return { kind: 'right', right };
  }
  return undefined;
}

function mayGive(right: Right, { role, scope }: Wanted, academie: string | undefined): boolean {
  return ROLES[right.role].grants.includes(role) && isWithin(scope, right.scope, academie);
}

export async function academieOf(tx: Tx, scope: RightScope): Promise<string | undefined> {
  if (scope.kind === 'academie') return scope.academie;
  return scope.kind === 'nation' ? undefined : (await findEstablishment(tx, scope.uai))?.academie;
}
