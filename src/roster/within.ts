import { findEstablishments } from '../directory/establishments.ts';
import type { Db } from '../storage/postgres.ts';
import type { RosterEntry } from './entry.ts';
import type { KnownPerson } from './planning/known-people.ts';
import { type Problem, problem } from './problem.ts';

/** Whose file it may be: one school's, or one académie's. An operator's may be anybody's. */
export type RosterWithin =
  | { kind: 'establishment'; uai: string; academie: string }
  | { kind: 'academie'; academie: string };

/**
 * A file that speaks of a school beyond its scope, or of keys of another académie, condemns the whole import: half of a
 * file nobody meant for this school is no file.
 */
export async function outside(db: Db, within: RosterWithin, item: RosterEntry): Promise<Problem | undefined> {
  if (item.academie !== within.academie) return problem(item.at, 'outside');
  if (item.type !== 'establishment') return undefined;
  if (within.kind === 'establishment') {
    return item.uai === within.uai ? undefined : problem(item.at, 'outside');
  }
  const [known] = await findEstablishments(db, [item.uai]);
  return known && known.academie !== within.academie ? problem(item.at, 'outside') : undefined;
}

/** Somebody another school knows too: what one school says of them must not change what the other reads. */
export function isElsewhere(
  within: RosterWithin,
  { memberships }: Pick<KnownPerson, 'memberships'>,
): boolean {
  return within.kind === 'establishment' && memberships.some(({ uai }) => uai !== within.uai);
}
