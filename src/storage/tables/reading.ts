import type { Generated } from 'kysely';

export interface ReadingTables {
  reading_budgets: {
    reader: number;
    role: string;
    minutes: Generated<number[]>;
    charged: Generated<number[]>;
    ready_at: Date | null;
    charge: string | null;
    exhausted_at: Date | null;
    opened_at: Date | null;
    opened_until: Date | null;
    right_id: string | null;
    uai: string | null;
    academie: string | null;
  };
  reading_once: {
    session_digest: Buffer;
    right_id: string;
    key: string;
    person: number;
    fields: number;
    at: Date;
  };
}
