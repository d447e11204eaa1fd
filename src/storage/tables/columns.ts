import type { ColumnType } from 'kysely';

/** Read as a value, written as text. */
export type Json<T> = ColumnType<T, string, string>;

export type Profile = 'pupil' | 'guardian' | 'teacher' | 'staff';
export type AccountState = 'dormant' | 'active' | 'closed';
export type LetterState = 'printed' | 'handed-over' | 'used' | 'void';
/** Of a version: `replaced` by another, or `ended` with its contract. */
export type ContractState = 'sandbox' | 'requested' | 'approved' | 'suspended' | 'ended' | 'replaced';
/** How far an activation has come. */
export type CeremonyStep = 'proved' | 'claimed' | 'factor-enrolled';
export type RightRole =
  | 'head'
  | 'distributor'
  | 'teacher'
  | 'academie-officer'
  | 'national-officer'
  | 'auditor';
export type RightScopeKind = 'nation' | 'academie' | 'establishment' | 'classes';
export type RightOrigin = 'roster' | 'granted' | 'appointed';
/** The ceremonies whose second proof comes after the code, from elsewhere. */
export type AwaitedCeremony = 'guardian-vouch' | 'split-letter' | 'desk';
