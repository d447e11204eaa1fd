import type { Problem } from './problem.ts';

/** Where a record begins, for the people who must mend it. */
export interface Place {
  file: string;
  line: number;
}

/** `undefined`: the source does not speak of it, leave what is known. `null`: the source says there is none. */
export type Stated<T> = T | null | undefined;

export interface EstablishmentEntry {
  type: 'establishment';
  at: Place;
  academie: string;
  uai: string;
  name: string;
  kind: EstablishmentKind;
  /** Of the school itself. */
  mail: Stated<string>;
  classes: string[];
  /** The year it begins in; undefined where the source does not date itself. */
  schoolYear: number | undefined;
}
export type EstablishmentKind = 'ecole' | 'college' | 'lycee' | 'other';

export interface PersonEntry {
  at: Place;
  /** Keys are unique within one académie and one kind of source only. */
  academie: string;
  source: RosterSource;
  key: string;
  givenName: string;
  familyName: string;
  birthName?: Stated<string>;
}
export type RosterSource = 'aaf' | 'csv';

export interface PupilEntry extends PersonEntry {
  type: 'pupil';
  /** yyyy-mm-dd */
  birthDate: Stated<string>;
  ine: Stated<string>;
  enrolments: Enrolment[];
  relations: Relation[];
}
export interface Enrolment {
  uai: string;
  classes: string[];
}
export interface Relation {
  guardian: string;
  relation: RelationName;
  /** Legal responsibility: 1 or 2; 0 = a contact without any. */
  rank: 0 | 1 | 2;
}
export type RelationName =
  | 'mother'
  | 'father'
  | 'sibling'
  | 'ascendant'
  | 'family'
  | 'educator'
  | 'foster'
  | 'childminder'
  | 'guardian'
  | 'welfare'
  | 'self'
  | 'other';

export interface GuardianEntry extends PersonEntry {
  type: 'guardian';
  mail: Stated<string>;
  phone: Stated<string>;
}

export interface StaffEntry extends PersonEntry {
  type: 'staff';
  mail: Stated<string>;
  posts: Post[];
}
export interface Post {
  uai: string;
  profile: 'teacher' | 'staff';
  /** Function codes as the source writes them: ENS, DIR, EDU ... */
  functions: string[];
  classes: string[];
  mainClasses: string[];
}

export type RosterEntry = EstablishmentEntry | PupilEntry | GuardianEntry | StaffEntry;

/** A person whose record was refused: still there, so nothing about them is closed. */
export interface RefusedPerson {
  type: 'refused';
  academie: string;
  source: RosterSource;
  key: string;
  /** Whose guardian they are, where their own record says it and cannot be read: none of it ends. */
  children?: 'unread';
}

/** What a reader yields: establishments, pupils, their guardians, staff; the refused among their like. */
export type RosterItem = RosterEntry | RefusedPerson | Problem;
