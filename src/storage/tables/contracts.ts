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
}
