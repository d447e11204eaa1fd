import { findEstablishments } from '../directory/establishments.ts';
import { type Membership, membershipsOfPersons } from '../directory/memberships.ts';
import { type Right, rightFor, type StaffAct } from '../rights/rights.ts';
import type { Db, Tx } from '../storage/postgres.ts';

/** Somebody within a right, and what of theirs is within it: another school's membership is not shown. */
export interface Reached {
  readonly person: number;
  readonly right: Right;
  readonly memberships: readonly Membership[];
}

/** Those of the persons whom one of the rights lets act on or look at. The others are nobody. */
export async function reach(
  db: Db | Tx,
  given: { rights: readonly Right[]; act: StaffAct; persons: readonly number[]; at: Date },
): Promise<Reached[]> {
  const { rights, act, persons, at } = given;
  const memberships = await membershipsOfPersons(db, persons, at);
  const schools = await findEstablishments(db, [...new Set(memberships.map(({ uai }) => uai))]);
  const academies = new Map(schools.map(({ uai, academie }) => [uai, academie]));
  const rightOver = ({ uai, classCode }: Membership): Right | undefined =>
    rightFor(rights, act, { academie: academies.get(uai), uai, className: classCode ?? undefined });
  return persons.flatMap((person): Reached[] => {
    const theirs = memberships.filter((membership) => membership.person === person);
    const first = theirs.find((membership) => rightOver(membership));
    const right = first && rightOver(first);
    if (!right) return [];
    const within = theirs.filter((membership) => rightOver(membership));
    return [{ person, right, memberships: within }];
  });
}
