import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { Json } from './columns.ts';

export interface AlarmsTables {
  alarms: {
    id: Generated<string>;
    rule: string;
    key: string | null;
    uai: string | null;
    academie: string | null;
    person: number | null;
    session_digest: Buffer | null;
    details: Json<Record<string, unknown>>;
    raised_at: Date;
    paused_by: ColumnType<string | null, never, string>;
    closed_at: Date | null;
    closed_by: ColumnType<unknown, string | null | undefined, string>;
    close_reason: string | null;
  };
  decoys: { person: number; uai: string; made_at: Date };
  decoy_sightings: {
    id: GeneratedAlways<number>;
    at: Date;
    way: 'opened' | 'found' | 'listed' | 'printed';
    uai: string;
    person: number;
    reader: number;
    session_digest: Buffer;
  };
  bait_letters: {
    id: Generated<string>;
    code_digest: Buffer;
    uai: string;
    person: number;
    printed_by: Json<unknown>;
    /** Of who had it printed at the console; null: an operator's. */
    session_digest: ColumnType<Buffer | null, never, never>;
    printed_at: Date;
    last_used_at: ColumnType<Date | null, never, Date>;
    last_used_from: ColumnType<string | null, never, string | null>;
    uses: Generated<number>;
  };
}
