import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { SecretSealer } from '../crypto/key-ring.ts';
import type { ContactKind } from '../directory/contacts.ts';
import type { Establishment } from '../directory/establishments.ts';
import type { FieldName } from '../directory/fields.ts';
import type { RosterKey } from '../directory/persons.ts';
import type { Profile } from '../storage/schema.ts';

export interface EstablishmentChange {
  kind: 'establishment';
  establishment: Establishment;
  schoolYear: number;
  classes: string[];
}

/** Everything a plan does to one person. */
export interface PersonChange {
  kind: 'person';
  /** Undefined: made by this plan, and found by the key. */
  person: number | undefined;
  rosterKey: RosterKey | undefined;
  fields: Partial<Record<FieldName, string | null>>;
  contacts: { open: StatedContact[]; close: number[] };
  memberships: { open: Place[]; close: number[] };
  guardianships: { open: StatedGuardianship[]; close: number[] };
  /**
   * Of somebody whom no school of the files knows: the change in the numbers of a person nobody knows. What is different
   * from the directory says what stands there.
   */
  asNew?: ChangeNumbers;
}

/** How much a change says, and of nobody what. */
export interface ChangeNumbers {
  fields: number;
  contacts: number;
  guardians: number;
}

export interface StatedContact {
  uai: string;
  kind: ContactKind;
  value: string;
}
export interface Place {
  uai: string;
  schoolYear: number;
  classCode: string | null;
  profile: Profile;
  function: string | null;
}
export interface StatedGuardianship {
  child: RosterKey;
  rank: number;
  relation: string;
}

export type Change = EstablishmentChange | PersonChange;

export function noChange(person: number | undefined, rosterKey?: RosterKey): PersonChange {
  return {
    kind: 'person',
    person,
    rosterKey,
    fields: {},
    contacts: { open: [], close: [] },
    memberships: { open: [], close: [] },
    guardianships: { open: [], close: [] },
  };
}

export function numbersOf({ fields, contacts, guardianships }: PersonChange): ChangeNumbers {
  return {
    fields: Object.keys(fields).length,
    contacts: contacts.open.length + contacts.close.length,
    guardians: guardianships.open.length + guardianships.close.length,
  };
}

export function isEmpty({ fields, contacts, memberships, guardianships }: PersonChange): boolean {
  const lists = [contacts, memberships, guardianships].flatMap(({ open, close }) => [open, close]);
  return Object.keys(fields).length === 0 && lists.every(({ length }) => length === 0);
}

/** What one batch did, for undoing it. */
export interface BatchTrace {
  at: string;
  /** As they were before; new ones are not here and stay. */
  establishments: Establishment[];
  persons: PersonTrace[];
}
export interface PersonTrace {
  person: number;
  isNew: boolean;
  /** What the changed fields were; null: there was none. */
  before: Partial<Record<FieldName, string | null>>;
  contacts: RowTrace;
  memberships: RowTrace;
  guardianships: RowTrace;
}
export interface RowTrace {
  opened: number[];
  closed: number[];
}

/** Plans name people: they lie sealed, each batch bound to its place in its plan. */
export function sealBatch(
  sealer: SecretSealer,
  where: BatchPlace,
  batch: readonly Change[] | BatchTrace,
): Buffer {
  return sealer.sealSecret(labelOf(where), deflateRawSync(JSON.stringify(batch)));
}

export function openChanges(sealer: SecretSealer, where: BatchPlace, sealed: Buffer): Change[] {
  return open(sealer, where, sealed) as Change[];
}

export function openTrace(sealer: SecretSealer, where: BatchPlace, sealed: Buffer): BatchTrace {
  return open(sealer, where, sealed) as BatchTrace;
}

export interface BatchPlace {
  plan: string;
  ordinal: number;
  part: 'changes' | 'trace';
}

function open(sealer: SecretSealer, where: BatchPlace, sealed: Buffer): unknown {
  return JSON.parse(inflateRawSync(sealer.openSecret(labelOf(where), sealed)).toString('utf8'));
}

function labelOf({ plan, ordinal, part }: BatchPlace): string {
  return `roster/${plan}/${ordinal}/${part}`;
}
