import type { Actor } from '../audit/actor.ts';
import { membershipsOf } from '../directory/memberships.ts';
import type { Db, Tx } from '../storage/postgres.ts';

export type Role = 'head' | 'distributor' | 'teacher' | 'academie-officer' | 'national-officer' | 'auditor';

export type RightScope =
  | { kind: 'nation' }
  | { kind: 'academie'; academie: string }
  | { kind: 'establishment'; uai: string }
  | { kind: 'classes'; uai: string; classes: readonly string[] };

export interface Place {
  academie?: string;
  uai?: string;
  className?: string;
}

export type StaffAct =
  | 'read-people'
  | 'see-progress'
  | 'print-letters'
  | 'reprint-letter'
  | 'hand-over'
  | 'open-window'
  | 'hold-desk'
  | 'lock-account'
  | 'start-reset'
  | 'grant-rights'
  | 'see-roster'
  | 'apply-roster'
  | 'see-alarms'
  | 'open-budget'
  | 'see-audit';

export interface Right {
  id: string;
  person: number;
  role: Role;
  scope: RightScope;
  from: Date;
  until: Date;
  origin: 'roster' | 'granted' | 'appointed';
  grantedBy: Actor | undefined;
  lastUsedAt: Date | undefined;
}

const ACTS: Partial<Record<Role, readonly StaffAct[]>> = {
  head: [
    'read-people',
    'see-progress',
    'print-letters',
    'reprint-letter',
    'hand-over',
    'see-roster',
    'apply-roster',
  ],
  teacher: ['read-people', 'see-progress', 'open-window'],
};

/** What the roster says: who heads a school, who teaches a class. */
export async function rightsOf(db: Db | Tx, person: number, at: Date): Promise<Right[]> {
  const memberships = await membershipsOf(db, person, at);
  const until = new Date(at.getTime() + 300 * 86_400_000);
  return memberships.flatMap(({ id, uai, classCode, profile, function: code, fromAt }): Right[] => {
    const right = {
      id: `roster-${id}`,
      person,
      from: fromAt,
      until,
      lastUsedAt: undefined,
      grantedBy: undefined,
    };
    const origin = 'roster' as const;
    if (profile === 'staff' && code === 'DIR') {
      return [{ ...right, origin, role: 'head', scope: { kind: 'establishment', uai } }];
    }
    if (profile !== 'teacher' || classCode === null) return [];
    return [{ ...right, origin, role: 'teacher', scope: { kind: 'classes', uai, classes: [classCode] } }];
  });
}

export function rightFor(rights: readonly Right[], act: StaffAct, place: Place): Right | undefined {
  return rights.find((right) => allows(right, act) && isWithin(place, right.scope));
}

export function allows({ role }: Right, act: StaffAct): boolean {
  return ACTS[role]?.includes(act) ?? false;
}

function isWithin(place: Place, scope: RightScope): boolean {
  switch (scope.kind) {
    case 'nation':
      return true;
    case 'academie':
      return place.academie === scope.academie;
    case 'establishment':
      return place.uai === scope.uai;
    case 'classes':
      return place.uai === scope.uai && scope.classes.includes(place.className ?? '');
    default:
      return scope satisfies never;
  }
}
