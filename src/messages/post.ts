import type { Config } from '../config.ts';
import type { Db } from '../storage/postgres.ts';
import type { Mail, Sms } from './message.ts';
import { createOutbox } from './outbox.ts';
import { inSmsAlphabet } from './sms-alphabet.ts';
import { createSmsGateway } from './sms-gateway.ts';
import { createSmtp } from './smtp.ts';

/** What leaves by mail or SMS. Throws NotSent, to be tried again by the queue (or not, where it says `isLasting`). */
export interface Post {
  sendMail(mail: Mail): Promise<void>;
  sendSms(sms: Sms): Promise<void>;
}

export interface Dependencies {
  config: Pick<Config, 'mode' | 'senders'>;
  db: Db;
  now(): Date;
}

/** By SMTP and over the HTTP gateway where the configuration names them; what it does not name goes to the outbox. */
export function createPost({ config, db, now }: Dependencies): Post {
  const { mode, senders } = config;
  const outbox = createOutbox({ db, mode, now });
  const smtp = senders.smtpUrl === undefined ? undefined : createSmtp({ ...senders, url: senders.smtpUrl });
  const gateway = senders.sms && createSmsGateway(senders.sms);
  const sendSms = gateway ?? ((sms: Sms) => outbox.sendSms(sms));
  return {
    sendMail: smtp ?? ((mail) => outbox.sendMail(mail)),
    sendSms: ({ to, text }) => sendSms({ to, text: inSmsAlphabet(text) }),
  };
}
