import type { GeneratedAlways } from 'kysely';

export interface MessagesTables {
  outbox: {
    id: GeneratedAlways<number>;
    channel: 'mail' | 'sms';
    recipient: string;
    subject: string | null;
    body: string;
    sent_at: Date;
  };
}
