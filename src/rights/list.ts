import type { Db, Tx } from '../storage/postgres.ts';
import { type ListedRight, type Listing, selectListed } from './list-store.ts';
import { insertRosterRights } from './store.ts';

export type { ListedRight, RightState } from './list-store.ts';

/** Numbers, roles, dates: no name. The widest first, then by holder. Ended ones where asked for. */
export async function listRights(db: Db | Tx, listing: Listing, at: Date): Promise<ListedRight[]> {
  const { uai, person } = listing;
  if (uai !== undefined) await insertRosterRights(db, { uai, at });
  if (person !== undefined) await insertRosterRights(db, { person, at });
  return selectListed(db, listing, at);
}

/** Said from so many days before it ends: a right nobody is warned of ends in the middle of the work. */
export const WARNING_DAYS = 30;

export function endsSoon({ until, state }: Pick<ListedRight, 'until' | 'state'>, at: Date): boolean {
  return state === 'in-force' && until.getTime() - at.getTime() < WARNING_DAYS * 86_400_000;
}
