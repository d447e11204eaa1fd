import type { Db } from '../storage/postgres.ts';
import type { DisclosureContext } from './context.ts';
import { type Field, fieldsOf } from './fields.ts';
import { type DisclosureKind, kindOf } from './kinds.ts';
import { selectDisclosuresOf } from './query-store.ts';

/** A line as people read it. */
export interface DisclosureLine {
  /** `batch-ordinal`. */
  readonly trace: string;
  readonly at: Date;
  readonly kind: DisclosureKind;
  readonly fields: readonly Field[];
  readonly recipient: DisclosureContext['recipient'];
  readonly clientId: string | undefined;
  readonly publisher: string | undefined;
  readonly contractVersion: number | undefined;
  readonly reader: number | undefined;
  readonly rightId: string | undefined;
  readonly address: string | undefined;
  readonly sessionDigest: Buffer | undefined;
  readonly grantDigest: Buffer | undefined;
  readonly details: unknown;
}

/** Everything about one person that left within [from, to), the oldest first. */
export async function disclosuresOf(
  db: Db,
  person: number,
  during: { from: Date; to: Date },
): Promise<DisclosureLine[]> {
  const rows = await selectDisclosuresOf(db, person, during);
  return rows.map((row) => ({
    trace: `${row.batch}-${row.ordinal}`,
    at: row.at,
    kind: kindOf(row.kind),
    fields: fieldsOf(row.fields),
    recipient: row.recipient,
    clientId: row.client_id ?? undefined,
    publisher: row.publisher ?? undefined,
    contractVersion: row.contract_version ?? undefined,
    reader: row.reader ?? undefined,
    rightId: row.right_id ?? undefined,
    address: row.address ?? undefined,
    sessionDigest: row.session_digest ?? undefined,
    grantDigest: row.grant_digest ?? undefined,
    details: row.details,
  }));
}
