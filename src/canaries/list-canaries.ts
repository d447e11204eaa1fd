import type { Db } from '../storage/postgres.ts';
import { type DecoysOfSchool, selectSchools } from './store.ts';

/** School by school, for whoever may know: operators and auditors. */
export function listCanaries(db: Db): Promise<DecoysOfSchool[]> {
  return selectSchools(db);
}
