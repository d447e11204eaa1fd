import type { Actor } from '../audit/actor.ts';
import type { RightOrigin } from '../storage/schema.ts';
import { ROLES, type Role, type StaffAct } from './roles.ts';
import { compareWidth, covers, type Place, type RightScope } from './scope.ts';

/** A right in force. Its id is what the ledger names. */
export interface Right {
  readonly id: string;
  readonly person: number;
  readonly role: Role;
  readonly scope: RightScope;
  readonly from: Date;
  readonly until: Date;
  readonly origin: RightOrigin;
  /** Undefined: the roster gives it. */
  readonly grantedBy: Actor | undefined;
  readonly lastUsedAt: Date | undefined;
}

/** The narrowest of the rights that allow it there: a head who teaches a class opens it as its teacher. */
export function rightFor(rights: readonly Right[], act: StaffAct, place: Place): Right | undefined {
  return rights
    .filter((right) => allows(right, act) && covers(right.scope, place))
    .sort((one, other) => compareWidth(one.scope, other.scope))[0];
}

/** A window is opened by somebody the roster names as teaching the class: a right that was granted opens none. */
function allows({ role, origin }: Right, act: StaffAct): boolean {
  return ROLES[role].acts.includes(act) && (act !== 'open-window' || origin === 'roster');
}
