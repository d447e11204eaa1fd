import { holdRight } from '../../rights/giving-store.ts';
import { type Right, rightsOf } from '../../rights/rights.ts';
import type { Db, Tx } from '../../storage/postgres.ts';
import type { Terms } from './terms.ts';

interface Saying {
  person: number;
  /** None: nobody has a say over them by an office. */
  terms: Terms | undefined;
  at: Date;
}

export async function hasSay(tx: Tx, given: Saying): Promise<boolean> {
  const right = await findSay(tx, given);
  return right !== undefined && holdRight(tx, right.id);
}

async function findSay(db: Db | Tx, { person, terms, at }: Saying): Promise<Right | undefined> {
  return terms && (await rightsOf(db, person, at)).find((one) => isOver(one, terms));
}

/** The nation decides on all; an académie on what is open to nobody else's schools. */
export function isOver({ role, scope }: Pick<Right, 'role' | 'scope'>, { open_to: openTo }: Terms): boolean {
  if (role === 'national-officer') return true;
  if (role !== 'academie-officer' || scope.kind !== 'academie' || !openTo) return false;
  return openTo.establishments.length === 0 && openTo.academies.every((one) => one === scope.academie);
}

export interface Approved extends Omit<Saying, 'person'> {
  /** Whatever became of them. */
  approvers: readonly string[];
}

/** A person's approval is worth what their right is now: whoever was unmasked since has approved nothing. */
export function approversThatCount(tx: Tx, { approvers, ...given }: Approved): Promise<string[]> {
  return thoseWhose(approvers, (person) => hasSay(tx, { person, ...given }));
}

/** The same for a page, which holds nobody's right. */
export function approversShown(db: Db, { approvers, ...given }: Approved): Promise<string[]> {
  return thoseWhose(approvers, async (person) => (await findSay(db, { person, ...given })) !== undefined);
}

async function thoseWhose(
  approvers: readonly string[],
  hasOne: (person: number) => Promise<boolean>,
): Promise<string[]> {
  const counting: string[] = [];
  for (const approver of approvers) {
    const person = personIn(approver);
    if (person === undefined || (await hasOne(person))) counting.push(approver);
  }
  return counting;
}

export function personIn(approver: string): number | undefined {
  return /^person:\d+$/.test(approver) ? Number(approver.slice(7)) : undefined;
}
