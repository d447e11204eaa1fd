import type { ColumnType, Generated } from 'kysely';
import type { Json, RightOrigin, RightRole, RightScopeKind } from './columns.ts';

export interface RightsTables {
  rights: {
    id: Generated<string>;
    person: number;
    role: RightRole;
    scope_kind: RightScopeKind;
    academie: string | null;
    uai: string | null;
    classes: string[] | null;
    origin: RightOrigin;
    school_year: number | null;
    granted_by: ColumnType<unknown, string | null | undefined, never>;
    granted_under: string | null;
    from_at: Date;
    until_at: Date;
    last_used_at: Date | null;
    ended_at: Date | null;
    ended_by: ColumnType<unknown, string | null | undefined, string>;
    end_reason: string | null;
  };
  right_givers: { right_id: string; person: number };
  right_renewals: { right_id: string; renewed_at: Date; renewed_by: Json<unknown> };
  first_officer: { one: Generated<boolean>; invited_at: Date; invited_by: Json<unknown> };
  officer_invitations: { person: number; contact: number; invited_at: Date; invited_by: Json<unknown> };
  officer_proposals: {
    id: Generated<string>;
    person: number;
    role: 'national-officer' | 'academie-officer' | 'auditor';
    academie: string | null;
    until_at: Date;
    proposed_by: Json<unknown>;
    proposed_person: number | null;
    proposed_at: Date;
    expires_at: Date;
    decided_at: Date | null;
    decided_by: ColumnType<unknown, string | null | undefined, string>;
    outcome: 'appointed' | 'expired' | null;
    right_id: string | null;
  };
}
