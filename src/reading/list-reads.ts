import { type Field, fieldsOf } from '../ledger/fields.ts';
import { type DisclosureKind, kindOf } from '../ledger/kinds.ts';
import type { Db } from '../storage/postgres.ts';
import { type ReadRow, type ReadsWanted, selectReads } from './list-store.ts';

/** A line of the ledger about a look, a print or an export by staff, with ids alone. */
export interface ListedRead {
  /** `batch-ordinal`. */
  trace: string;
  at: Date;
  kind: DisclosureKind;
  person: string;
  reader: string;
  role: string | undefined;
  right: string | undefined;
  school: string | undefined;
  academie: string | undefined;
  fields: readonly Field[];
  /** Hexadecimal, as the audit and the alarms name it. */
  session: string | undefined;
  address: string | undefined;
  details: Readonly<Record<string, unknown>>;
}

/** A page of them; `next` is the trace after which the following page begins. */
export async function listReads(
  db: Db,
  wanted: ReadsWanted,
): Promise<{ reads: ListedRead[]; next: string | undefined }> {
  const rows = await selectReads(db, { ...wanted, limit: wanted.limit + 1 });
  const reads = rows.slice(0, wanted.limit).map(readOf);
  return { reads, next: rows.length > wanted.limit ? reads.at(-1)?.trace : undefined };
}

function readOf(row: ReadRow): ListedRead {
  return {
    trace: `${row.batch}-${row.ordinal}`,
    at: row.at,
    kind: kindOf(row.kind),
    person: row.personId,
    reader: row.readerId,
    role: row.role ?? undefined,
    right: row.rightId ?? undefined,
    school: row.uai ?? undefined,
    academie: row.academie ?? undefined,
    fields: fieldsOf(row.fields),
    session: row.session?.toString('hex'),
    address: row.address ?? undefined,
    details: row.details,
  };
}
