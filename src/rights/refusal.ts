import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Tx } from '../storage/postgres.ts';
import type { Role } from './roles.ts';
import { type RightScope, scopeDetails } from './scope.ts';

export interface RefusedAct {
  act: 'grant' | 'revoke' | 'renew' | 'propose' | 'approve';
  why: string;
  subject?: number;
  role: Role;
  scope: RightScope;
}

/** Whoever tries for more than they have is written down: the pages offer nothing of the kind. */
export function recordRefusal(tx: Tx, by: Actor, refused: RefusedAct, at: Date): Promise<void> {
  const { act, why, subject, role, scope } = refused;
  const details = { act, why, role, ...scopeDetails(scope) };
  return record(tx, by, { name: 'right.refused', ...(subject !== undefined && { subject }), details }, at);
}
