import type { RightRole } from '../storage/schema.ts';
import type { RightScope } from './scope.ts';

export type Role = RightRole;

/** What a member of staff may want to do. */
export type StaffAct =
  | 'read-people'
  /** Of the children one may read: by a right over classes, which reaches no guardian by themselves. */
  | 'read-guardians'
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

export interface RoleRules {
  /** What it lets one do, within its scope. */
  readonly acts: readonly StaffAct[];
  /** What its scope may be. */
  readonly scopes: readonly RightScope['kind'][];
  /** What it may grant: lower roles alone, within its own scope. Officers are appointed, never granted. */
  readonly grants: readonly Role[];
}

const DISTRIBUTION = [
  'read-guardians',
  'print-letters',
  'reprint-letter',
  'hand-over',
  'hold-desk',
  'start-reset',
] as const;
const OVERSIGHT = [
  'read-people',
  'see-progress',
  'lock-account',
  'grant-rights',
  'see-roster',
  'see-alarms',
  'open-budget',
  'see-audit',
] as const;

/**
 * Opening a window is the act of who teaches the class and of nobody else: who prints letters has no word for the
 * board, who has the word prints no letters. Where a school has one officer, its académie lends a second for the desk.
 */
export const ROLES: Readonly<Record<Role, RoleRules>> = {
  'national-officer': {
    acts: OVERSIGHT,
    scopes: ['nation'],
    grants: ['head', 'distributor', 'teacher', 'auditor'],
  },
  'academie-officer': {
    acts: [...OVERSIGHT, 'hold-desk', 'apply-roster'],
    scopes: ['academie'],
    grants: ['head', 'distributor', 'teacher', 'auditor'],
  },
  head: {
    acts: [...OVERSIGHT, ...DISTRIBUTION, 'apply-roster'],
    scopes: ['establishment'],
    grants: ['distributor', 'teacher', 'auditor'],
  },
  distributor: {
    acts: ['read-people', 'see-progress', 'lock-account', ...DISTRIBUTION],
    scopes: ['establishment', 'classes'],
    grants: [],
  },
  teacher: {
    acts: ['read-people', 'see-progress', 'open-window'],
    scopes: ['classes'],
    grants: [],
  },
  auditor: {
    acts: ['see-progress', 'see-audit'],
    scopes: ['nation', 'academie', 'establishment'],
    grants: [],
  },
};

export function isRole(text: string): text is Role {
  return Object.hasOwn(ROLES, text);
}
