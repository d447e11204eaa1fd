import type { Field } from '../ledger/fields.ts';
import type { Role } from '../rights/rights.ts';

/** A part of a person's page, beside name, place and state of the account. */
export type Section =
  | 'username'
  | 'locks'
  | 'distributions'
  | 'second-factors'
  | 'sign-ins'
  | 'readers'
  | 'guardians';

/** No more than a role's work needs: a teacher helps with a sign-in, the head answers for the school. */
const SECTIONS: Readonly<Record<Role, readonly Section[]>> = {
  teacher: ['username', 'locks', 'distributions'],
  distributor: ['username', 'locks', 'distributions', 'second-factors', 'guardians'],
  head: ['username', 'locks', 'distributions', 'second-factors', 'sign-ins', 'readers', 'guardians'],
  'academie-officer': ['locks', 'distributions', 'second-factors', 'sign-ins', 'readers'],
  'national-officer': ['locks', 'distributions', 'second-factors', 'sign-ins', 'readers'],
  auditor: [],
};

export function sectionsFor(role: Role): readonly Section[] {
  return SECTIONS[role];
}

/** Of a hit of a search, and of whoever's page it is. */
export const BASIC_FIELDS = [
  'name',
  'profiles',
  'establishments',
  'account_state',
] as const satisfies Field[];
/** Of a guardian on a child's page. */
export const GUARDIAN_FIELDS = ['name', 'account_state', 'child_of'] as const satisfies Field[];
/** Of a colleague who read the record. */
export const READER_FIELDS = ['name'] as const satisfies Field[];

const FIELDS: Readonly<Record<Section, Field>> = {
  username: 'username',
  locks: 'locks',
  distributions: 'distributions',
  'second-factors': 'second_factors',
  'sign-ins': 'recent_sign_ins',
  readers: 'readers',
  guardians: 'guardians',
};

/** What is shown is what is written. */
export function fieldsShown(sections: readonly Section[]): Field[] {
  return [...BASIC_FIELDS, ...sections.map((section) => FIELDS[section])];
}
