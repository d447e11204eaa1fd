import { findEstablishment } from '../directory/establishments.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { Place } from './scope.ts';

/** A school, or a class of it, as every scope can judge it: its académie is looked up. */
export async function placeOf(db: Db | Tx, at: { uai: string; className?: string }): Promise<Place> {
  const establishment = await findEstablishment(db, at.uai);
  return { ...at, academie: establishment?.academie };
}
