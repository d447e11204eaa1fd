import { z } from 'zod';
import type { AccountState, Profile } from '../storage/schema.ts';

const PROFILES = ['pupil', 'guardian', 'teacher', 'staff'] as const satisfies Profile[];
const STATES = ['dormant', 'active', 'closed'] as const satisfies AccountState[];

const uai = z.string().regex(/^\d{7}[A-Z]$/, 'is no UAI code (0750001A)');
const text = z.string().trim().min(1).max(128);

/** How orders name people. Several values of one key: any of them. Several keys: all of them. */
const narrowScope = z
  .strictObject({
    person: z.array(z.int().positive()).min(1).optional(),
    state: z.array(z.enum(STATES)).min(1).optional(),
    profile: z.array(z.enum(PROFILES)).min(1).optional(),
    establishment: z.array(uai).min(1).optional(),
    academie: z.array(text).min(1).optional(),
    class: z.array(text).min(1).optional(),
    relyingParty: z.array(text).min(1).optional(),
  })
  .refine((scope) => Object.keys(scope).length > 0, 'names nobody; everybody is --scope all')
  .refine((scope) => !scope.class || scope.establishment, 'a class is one of an establishment: name both');

export const scopeSchema = z.union([z.strictObject({ all: z.literal(true) }), narrowScope]);
export type Scope = z.infer<typeof scopeSchema>;
export type NarrowScope = z.infer<typeof narrowScope>;

/** A membership as orders see it. `class` is the class's code; without dates it holds and always did. */
export interface Membership {
  readonly profile: Profile;
  readonly establishment: string;
  readonly academie: string;
  /** Of which académies its school was before, in order. */
  readonly formerly?: readonly { readonly academie: string; readonly untilAt: Date }[] | undefined;
  readonly class?: string | undefined;
  readonly fromAt?: Date | undefined;
  readonly untilAt?: Date | undefined;
}

/** Whom a question is about. `relyingParty` is the client_id where something goes to one. */
export interface Subject {
  readonly person: number;
  readonly state: AccountState;
  /** Past ones too: who has left a school stays under the cut-off orders of then, else what they killed would revive. */
  readonly memberships: readonly Membership[];
  readonly relyingParty?: string | undefined;
}

/**
 * Profile, school and class must hold for one and the same membership: a teacher here is no guardian there.
 * `when`: by the memberships of now (standing orders), or by those held at a moment (cut-off orders).
 */
export function isInScope(scope: Scope, subject: Subject, when: 'now' | Date): boolean {
  if ('all' in scope) return true;
  if (!admits(scope.person, subject.person)) return false;
  if (!admits(scope.state, subject.state)) return false;
  if (!admits(scope.relyingParty, subject.relyingParty)) return false;
  if (!namesMembership(scope)) return true;
  return subject.memberships.some(
    (membership) => isHeld(membership, when) && isMemberOf(scope, membership, when),
  );
}

function isHeld({ fromAt, untilAt }: Membership, when: 'now' | Date): boolean {
  if (when === 'now') return untilAt === undefined;
  return (!fromAt || fromAt <= when) && (!untilAt || untilAt > when);
}

function namesMembership(scope: NarrowScope): boolean {
  return Boolean(scope.profile ?? scope.establishment ?? scope.academie ?? scope.class);
}

function academieOf({ academie, formerly }: Membership, when: 'now' | Date): string {
  const former = when === 'now' ? undefined : formerly?.find(({ untilAt }) => untilAt > when);
  return former?.academie ?? academie;
}

function isMemberOf(scope: NarrowScope, membership: Membership, when: 'now' | Date): boolean {
  return (
    admits(scope.profile, membership.profile) &&
    admits(scope.establishment, membership.establishment) &&
    admits(scope.academie, academieOf(membership, when)) &&
    admits(scope.class, membership.class)
  );
}

function admits<T>(named: readonly T[] | undefined, value: T | undefined): boolean {
  return named === undefined || (value !== undefined && named.includes(value));
}
