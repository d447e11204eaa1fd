import { sql } from 'kysely';
import type { Db } from '../storage/postgres.ts';

export interface OutboxMessage {
  id: number;
  channel: 'mail' | 'sms';
  to: string;
  subject: string | null;
  text: string;
  sentAt: Date;
}

/** The oldest go: a demo that runs for weeks keeps what somebody may still want to read. */
export async function insertIntoOutbox(
  db: Db,
  message: Omit<OutboxMessage, 'id'>,
  mostKept: number,
): Promise<void> {
  const { channel, to, subject, text, sentAt } = message;
  await sql`
    with sent as (
      insert into outbox (channel, recipient, subject, body, sent_at)
      values (${channel}, ${to}, ${subject}, ${text}, ${sentAt}) returning id
    )
    delete from outbox using sent where outbox.id <= sent.id - ${mostKept}::int`.execute(db);
}

export async function newestOfOutbox(db: Db, most: number): Promise<OutboxMessage[]> {
  return db
    .selectFrom('outbox')
    .select(['id', 'channel', 'recipient as to', 'subject', 'body as text', 'sent_at as sentAt'])
    .orderBy('id', 'desc')
    .limit(most)
    .execute();
}
