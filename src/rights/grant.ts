import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Judged } from '../orders/judged.ts';
import type { Tx } from '../storage/postgres.ts';
import { type Authority, academieOf, authorityOver, type Wanted } from './authority.ts';
import type { Confirm } from './confirm.ts';
import { endSpent, insertRight, isNamedBySchool, knownClasses, yearsEndOf } from './giving-store.ts';
import { recordRefusal } from './refusal.ts';
import { ROLES } from './roles.ts';
import { scopeDetails } from './scope.ts';

export interface Dependencies {
  judged: Judged;
  now: () => Date;
}

export interface Asked extends Wanted {
  by: Actor;
  /** The person's number. */
  to: number;
  /** Without it: as long as the right it is given by, at most until the school year's end. */
  until?: Date | undefined;
  reason?: string | undefined;
  confirm: Confirm;
}

export type Granted =
  | { outcome: 'granted'; right: string; until: Date }
  /** Nobody may give such a right: the role has no such scope, or is appointed. */
  | { outcome: 'no-such-right' }
  | { outcome: 'unknown-place' }
  | { outcome: 'to-oneself' }
  /** Nothing of the one who asks lets them give it: upwards, sideways, or elsewhere. */
  | { outcome: 'not-allowed' }
  /** Not active, locked, or not of the staff of that school. One answer for them and for nobody at all. */
  | { outcome: 'cannot-hold' }
  | { outcome: 'too-long'; until: Date }
  | { outcome: 'already-held' }
  | { outcome: 'wrong-code' }
  | { outcome: 'start-again' };

export type GrantRight = (asked: Asked) => Promise<Granted>;

/** Downwards, within one's own scope, to somebody else of that school's staff, never for longer than one's own. */
export function createGrantRight({ judged, now }: Dependencies): GrantRight {
  return async (given) => {
    const asked = { ...given, scope: sorted(given.scope) };
    if (!canBeGranted(asked)) return { outcome: 'no-such-right' };
    return judged(async (tx, inForce) => {
      const at = now();
      const { by, to } = asked;
      if (by.kind === 'person' && by.person === to) return refuse(tx, asked, 'to-oneself', at);
      const authority = await authorityOver(tx, by, asked, at);
      if (!authority) return refuse(tx, asked, 'not-allowed', at);
      if (!(await isKnown(tx, asked, at))) return { outcome: 'unknown-place' };
      if (!(await isNamedBySchool(tx, { person: to, uai: asked.scope.uai, at })))
        return { outcome: 'cannot-hold' };
      const longest = await longestFor(tx, authority, at);
      const until = asked.until ?? longest;
      if (until > longest || until <= at) return { outcome: 'too-long', until: longest };
      const confirmed = await asked.confirm(tx, { inForce, at });
      if (confirmed.outcome !== 'confirmed') return confirmed;
      return give(tx, asked, { authority, until, at });
    });
  };
}

type SchoolScope = Extract<Wanted['scope'], { uai: string }>;
type SchoolAsked = Asked & { scope: SchoolScope };

function canBeGranted(asked: Asked): asked is SchoolAsked {
  const { role, scope } = asked;
  const isSchools = scope.kind === 'establishment' || (scope.kind === 'classes' && scope.classes.length > 0);
  const isGranted = Object.values(ROLES).some(({ grants }) => grants.includes(role));
  return isSchools && isGranted && ROLES[role].scopes.includes(scope.kind);
}

function sorted(scope: Wanted['scope']): Wanted['scope'] {
  return scope.kind === 'classes' ? { ...scope, classes: [...new Set(scope.classes)].sort() } : scope;
}

async function isKnown(tx: Tx, { scope }: SchoolAsked, at: Date): Promise<boolean> {
  if ((await academieOf(tx, scope)) === undefined) return false;
  if (scope.kind !== 'classes') return true;
  return (await knownClasses(tx, { ...scope, at })).length === scope.classes.length;
}

async function longestFor(tx: Tx, authority: Authority, at: Date): Promise<Date> {
  const yearsEnd = await yearsEndOf(tx, at);
  if (authority.kind === 'operator' || authority.right.until > yearsEnd) return yearsEnd;
  return authority.right.until;
}

async function give(
  tx: Tx,
  asked: SchoolAsked,
  { authority, until, at }: { authority: Authority; until: Date; at: Date },
): Promise<Granted> {
  const { by, to: person, role, scope, reason } = asked;
  const under = authority.kind === 'right' ? authority.right.id : undefined;
  const right = { person, role, scope, origin: 'granted', by, under, from: at, until } as const;
  await endSpent(tx, right, at);
  const id = await insertRight(tx, right);
  if (id === undefined) return { outcome: 'already-held' };
  const details = {
    right: id,
    role,
    ...scopeDetails(scope),
    until: until.toISOString(),
    under: under ?? null,
  };
  await record(tx, by, { name: 'right.granted', subject: person, details, ...(reason && { reason }) }, at);
  return { outcome: 'granted', right: id, until };
}

async function refuse<R extends 'to-oneself' | 'not-allowed'>(
  tx: Tx,
  { by, to, role, scope }: Asked,
  why: R,
  at: Date,
): Promise<{ outcome: R }> {
  await recordRefusal(tx, by, { act: 'grant', why, subject: to, role, scope }, at);
  return { outcome: why };
}
