import type { Mode } from '../config.ts';
import type { Db } from '../storage/postgres.ts';
import { assertMail, assertSms, type Mail, type Sms } from './message.ts';
import { insertIntoOutbox, newestOfOutbox, type OutboxMessage } from './store.ts';

export type { OutboxMessage } from './store.ts';

export interface Outbox {
  sendMail(mail: Mail): Promise<void>;
  sendSms(sms: Sms): Promise<void>;
  /** The newest first. */
  list(): Promise<OutboxMessage[]>;
}

const MOST_KEPT = 200;

/** Where nothing is to leave the machine: the demo, tests, development. In production nothing is ever written to it. */
export function createOutbox({ db, mode, now }: { db: Db; mode: Mode; now(): Date }): Outbox {
  const put = async (message: Omit<OutboxMessage, 'id' | 'sentAt'>): Promise<void> => {
    if (mode === 'production') throw new Error('production has no outbox');
    await insertIntoOutbox(db, { ...message, sentAt: now() }, MOST_KEPT);
  };
  return {
    async sendMail(mail) {
      assertMail(mail);
      const { to, subject, text } = mail;
      await put({ channel: 'mail', to, subject, text });
    },
    async sendSms(sms) {
      assertSms(sms);
      await put({ channel: 'sms', to: sms.to, subject: null, text: sms.text });
    },
    list: () => newestOfOutbox(db, MOST_KEPT),
  };
}
