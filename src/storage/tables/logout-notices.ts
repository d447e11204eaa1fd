import type { Generated } from 'kysely';

export interface LogoutNoticesTables {
  logout_notices: {
    session_uid_digest: Buffer;
    client_id: string;
    sid: string;
    person: number;
    created_at: Generated<Date>;
    state: Generated<'pending' | 'confirmed' | 'refused' | 'unknown'>;
    attempts: Generated<number>;
    claimed_until: Date | null;
    last_status: number | null;
    settled_at: Date | null;
  };
}
