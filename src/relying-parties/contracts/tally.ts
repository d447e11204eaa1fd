import { areLinked } from '../../rights/linked.ts';
import type { Tx } from '../../storage/postgres.ts';
import { type Approved, approversThatCount, personIn } from './say.ts';

/** Of a contract, or of a change of what was approved with one. */
export interface Approving extends Approved {
  needed: number;
}

export interface Tally {
  given: number;
  needed: number;
  isEnough: boolean;
}

/** With this approver, who has been asked already. */
export async function tally(
  tx: Tx,
  { approver, needed, ...approved }: Approving & { approver: string },
): Promise<Tally> {
  const given = new Set([...(await approversThatCount(tx, approved)), approver]).size;
  return { given, needed, isEnough: given >= needed };
}

/** Whoever approved before is linked with this person; where it takes one alone they are not asked about. */
export async function countsAsOne(
  tx: Tx,
  { person, needed, ...approved }: Approving & { person: number },
): Promise<boolean> {
  if (needed === 1) return false;
  for (const approver of await approversThatCount(tx, approved)) {
    const other = personIn(approver) ?? person;
    if (other !== person && (await areLinked(tx, person, other))) return true;
  }
  return false;
}
