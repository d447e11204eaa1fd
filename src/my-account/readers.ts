import type { Field } from '../ledger/fields.ts';
import { fieldsOf } from '../ledger/fields.ts';
import { readersOf } from '../reading/record-store.ts';
import type { Db } from '../storage/postgres.ts';

/** Staff who looked at my record: when, as what, of which school, what they saw. Not who: the school answers for them. */
export interface ReaderOfMine {
  at: Date;
  role: string | undefined;
  school: string | undefined;
  fields: readonly Field[];
}

const SHOWN_DAYS = 90;
const MOST = 20;

/** The newest first. Asked of the ledger, which is there for this. */
export async function readersOfMine(db: Db, person: number, at: Date): Promise<ReaderOfMine[]> {
  const since = new Date(at.getTime() - SHOWN_DAYS * 86_400_000);
  const rows = await readersOf(db, { person, since, limit: MOST });
  return rows.map(({ at: when, role, school, fields }) => ({
    ...{ at: when, fields: fieldsOf(fields) },
    ...{ role: role ?? undefined, school: school ?? undefined },
  }));
}
