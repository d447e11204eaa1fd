import type { Generated, GeneratedAlways } from 'kysely';

export interface MessagesTables {
  outbox: {
    id: GeneratedAlways<number>;
    channel: 'mail' | 'sms';
    recipient: string;
    subject: string | null;
    body: string;
    sent_at: Date;
  };
  claim_notices: {
    id: Generated<string>;
    person: number;
    contact: number;
    recipient: 'holder' | 'guardian' | 'former-guardian';
    ceremony: string;
    claimed_at: Date;
    told: Generated<'claim' | 'password' | 'factor-added' | 'factor-replaced' | 'recovery-codes'>;
    changed_at: Date | null;
    sent_at: Date | null;
    given_up_at: Date | null;
    disowned_at: Date | null;
  };
  claim_notice_links: { digest: Buffer; notice: string; expires_at: Date };
}
