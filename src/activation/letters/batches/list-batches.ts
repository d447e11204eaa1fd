import { findEstablishment } from '../../../directory/establishments.ts';
import type { Db } from '../../../storage/postgres.ts';
import { type Batch, type Place, selectBatches, selectPaperless } from './store.ts';

export interface Dependencies {
  db: Db;
  now: () => Date;
}

export type Listed = { outcome: 'listed'; batches: Batch[] } | { outcome: 'unknown-school' };
export type ListBatches = (asked: { uai?: string | undefined }) => Promise<Listed>;

const PAGE = 200;

/** Numbers only, so reading them is no reading of people. A page per statement: the country's list is long. */
export function createListBatches({ db, now }: Dependencies): ListBatches {
  return async ({ uai }) => {
    if (uai !== undefined && !(await findEstablishment(db, uai))) return { outcome: 'unknown-school' };
    const at = now();
    const paperless = await selectPaperless(db);
    const batches: Batch[] = [];
    let after: Place | undefined;
    do {
      const page = await selectBatches(db, { uai, after, limit: PAGE, at });
      batches.push(...page.filter(({ id }) => !paperless.has(id)));
      after = page.length < PAGE ? undefined : page.at(-1);
    } while (after);
    return { outcome: 'listed', batches };
  };
}
