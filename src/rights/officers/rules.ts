import type { Actor } from '../../audit/actor.ts';
import type { Tx } from '../../storage/postgres.ts';
import { holdRight } from '../giving-store.ts';
import { areLinked } from '../linked.ts';
import type { Right } from '../right.ts';
import { rightsOf } from '../rights-of.ts';
import type { RightScope } from '../scope.ts';
import { selectAppointed } from './store.ts';

export type OfficerRole = 'national-officer' | 'academie-officer' | 'auditor';

/** What somebody is to be appointed to. */
export interface Office {
  role: OfficerRole;
  scope: Extract<RightScope, { kind: 'nation' | 'academie' }>;
}

export function isOffice(office: { role: string; scope: RightScope }): office is Office {
  const { role, scope } = office;
  if (role === 'national-officer') return scope.kind === 'nation';
  if (role === 'academie-officer') return scope.kind === 'academie';
  return role === 'auditor' && (scope.kind === 'nation' || scope.kind === 'academie');
}

/** The office of somebody who may appoint: the nation's before an académie's. */
export function officeRight(rights: readonly Right[]): Right | undefined {
  const byRole = (wanted: Right['role']) => rights.find(({ role }) => role === wanted);
  return byRole('national-officer') ?? byRole('academie-officer');
}

/** By which right somebody may have a say in an appointment: the nation in all, an académie in its own. Held. */
export async function sayIn(tx: Tx, person: number, office: Office, at: Date): Promise<Right | undefined> {
  const right = (await rightsOf(tx, person, at)).find((mine) => hasSay(mine, office));
  return right && (await holdRight(tx, right.id)) ? right : undefined;
}

function hasSay({ role, scope }: Right, office: Office): boolean {
  if (role === 'national-officer') return true;
  const isOwn =
    scope.kind === 'academie' && office.scope.kind === 'academie' && scope.academie === office.scope.academie;
  return role === 'academie-officer' && isOwn;
}

/** A national officer ends the right of any other officer: what protects needs no second. */
export async function isOverOfficers(tx: Tx, by: Actor, right: Right, at: Date): Promise<boolean> {
  if (by.kind !== 'person' || right.origin !== 'appointed') return false;
  const mine = (await rightsOf(tx, by.person, at)).find(({ role }) => role === 'national-officer');
  return mine !== undefined && holdRight(tx, mine.id);
}

/**
 * The command line is one of the two only while there are no two officers who could do it: each with a say, neither
 * the one to be appointed, and not linked with each other.
 */
export async function mayOperatorStandIn(
  tx: Tx,
  { office, appointee }: { office: Office; appointee: number },
  at: Date,
): Promise<boolean> {
  const holders = (await selectAppointed(tx, at)).filter((person) => person !== appointee);
  const officers: number[] = [];
  for (const person of holders) {
    if (!(await rightsOf(tx, person, at)).some((right) => hasSay(right, office))) continue;
    for (const other of officers) if (!(await areLinked(tx, person, other))) return false;
    officers.push(person);
  }
  return true;
}
