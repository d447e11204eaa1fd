import type { Generated } from 'kysely';

export interface ContractsTables {
  contract_approvals: {
    client_id: string;
    version: number;
    approver: string;
    approved_by: string;
    at: Date;
  };
  first_visits: { person: number; client_id: string; contract_version: number; at: Date };
  personas: { person: number; position: number; created_at: Generated<Date> };
  initial_access_tokens: {
    id: string;
    digest: Buffer;
    publisher: string;
    created_at: Date;
    until_at: Date;
    revoked_at: Generated<Date | null>;
  };
  registration_access_tokens: {
    client_id: string;
    digest: Buffer;
    created_at: Date;
    former_until: Generated<Date | null>;
  };
  api_tokens: {
    id: string;
    digest: Buffer;
    publisher: string;
    created_by: string;
    created_at: Date;
    until_at: Date;
    revoked_at: Generated<Date | null>;
  };
}
