import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { Json } from './columns.ts';

export interface LedgerTables {
  disclosure_contexts: {
    id: GeneratedAlways<number>;
    digest: Buffer;
    session_digest: Buffer | null;
    grant_digest: Buffer | null;
    recipient: 'relying-party' | 'staff' | 'holder' | 'operator';
    client_id: string | null;
    publisher: string | null;
    contract_version: number | null;
    right_id: string | null;
    reader: number | null;
    address: string | null;
    details: ColumnType<unknown, string | undefined, never>;
    created_at: Generated<Date>;
  };
  disclosures: {
    batch: number;
    ordinal: number;
    at: Date;
    person: number;
    context: number;
    kind: number;
    fields: number;
  };
  audit_events: {
    id: GeneratedAlways<number>;
    at: Date;
    name: string;
    actor: Json<unknown>;
    subject: number | null;
    details: ColumnType<unknown, string | undefined, never>;
    reason: string | null;
  };
}
