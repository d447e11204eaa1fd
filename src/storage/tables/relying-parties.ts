import type { Generated, GeneratedAlways } from 'kysely';
import type { ContractState, Json } from './columns.ts';

export interface RelyingPartiesTables {
  publishers: { id: string; name: string; created_at: Generated<Date> };
  clients: {
    client_id: string;
    publisher: string;
    metadata: Json<Record<string, unknown>>;
    created_at: Generated<Date>;
    suspended_at: Date | null;
    /** It was its publisher who shut it out. */
    publisher_may_resume: Generated<boolean>;
    deleted_at: Date | null;
  };
  client_changes: {
    id: GeneratedAlways<number>;
    client_id: string;
    metadata: Json<Record<string, unknown>>;
    requested_by: Json<unknown>;
    requested_at: Date;
  };
  client_change_approvals: { change: number; approver: string; approved_by: Json<unknown>; at: Date };
  client_secrets: {
    id: GeneratedAlways<number>;
    client_id: string;
    digest: Buffer;
    created_at: Generated<Date>;
    expires_at: Date | null;
  };
  contracts: {
    client_id: string;
    version: number;
    state: ContractState;
    terms: Json<Record<string, unknown>>;
    created_at: Generated<Date>;
    requested_at: Generated<Date | null>;
    approved_at: Generated<Date | null>;
    ended_at: Generated<Date | null>;
  };
  signing_keys: {
    kid: string;
    alg: string;
    state: 'next' | 'current' | 'old';
    public_jwk: Json<Record<string, unknown>>;
    private_sealed: Buffer;
    created_at: Generated<Date>;
    current_at: Date | null;
    old_at: Date | null;
    published_until: Date | null;
    revoked_at: Generated<Date | null>;
  };
}
