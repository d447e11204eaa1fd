import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { AccountState, Json } from './columns.ts';

export interface AccountsTables {
  accounts: {
    person: number;
    epoch: Generated<number>;
    username_sealed: Buffer | null;
    username_digest: Buffer | null;
    claimed_at: Date | null;
    claimed_by: string | null;
    claimed: GeneratedAlways<boolean>;
  };
  account_states: {
    id: GeneratedAlways<number>;
    person: number;
    state: AccountState;
    from_at: Date;
    until_at: Date | null;
  };
  locks: {
    id: Generated<string>;
    person: number;
    reason: string;
    locked_by: Json<unknown>;
    from_at: Date;
    until_at: Date | null;
    lifted_at: Date | null;
    lifted_by: ColumnType<unknown, string | null | undefined, string | null>;
  };
  passwords: {
    person: number;
    claimed: Generated<boolean>;
    hash: string;
    epoch: number;
    generation: number;
    set_at: Date;
  };
  totp_factors: {
    id: Generated<string>;
    person: number;
    claimed: Generated<boolean>;
    secret_sealed: Buffer;
    last_step: number;
    epoch: number;
    generation: number;
    enrolled_at: Date;
  };
  recovery_codes: {
    digest: Buffer;
    person: number;
    claimed: Generated<boolean>;
    epoch: number;
    generation: number;
    made_at: Date;
    used_at: Date | null;
  };
  attempt_counters: {
    key: Buffer;
    failures: Generated<number>;
    pauses: Generated<number>;
    paused_until: Date | null;
    day_started_at: Date;
    day_failures: Generated<number>;
    updated_at: Date;
  };
}
