import { createTransport } from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport/index.js';
import { isLoopback } from '../config.ts';
import { assertMail, type Mail, NotSent } from './message.ts';

export interface SmtpGiven {
  /** smtp: (STARTTLS) or smtps: (TLS from the first byte), with user and password where the server wants them. */
  url: string;
  from: string;
  /** To connect, to be greeted, and for each answer. */
  answerMilliseconds: number;
}

/** Plain text to one recipient. Over TLS always, save to this machine itself. */
export function createSmtp(given: SmtpGiven): (mail: Mail) => Promise<void> {
  const transport = createTransport(smtpOptions(given));
  return async (mail) => {
    assertMail(mail);
    const { to, subject, text } = mail;
    try {
      await transport.sendMail({
        from: { name: 'Préau', address: given.from },
        to: { name: '', address: to },
        subject,
        text,
        // RFC 3834 §5: no holiday answer to a machine.
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    } catch (error) {
      throw notSent(error);
    }
  };
}

export function smtpOptions({ url, answerMilliseconds }: SmtpGiven): SMTPTransport.Options {
  const { protocol, hostname, port, username, password } = new URL(url);
  const isHere = isLoopback(hostname);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'smtps:' ? 465 : 587),
    secure: protocol === 'smtps:',
    requireTLS: !isHere,
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: !isHere },
    ...(username && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: answerMilliseconds,
    greetingTimeout: answerMilliseconds,
    socketTimeout: answerMilliseconds,
    dnsTimeout: answerMilliseconds,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/**
 * The server's words quote the address; its numbers do not. 5xx to the recipient is for good (RFC 5321 §4.2.1); what is
 * said of us is not, our sender or our right to relay (RFC 3463 §3.8): once that is mended, nobody's message is lost.
 */
function notSent(error: unknown): NotSent {
  const { code, command, response, responseCode } = error as Record<string, unknown>;
  const name = typeof code === 'string' && /^\w{1,30}$/.test(code) ? code : 'ESMTP';
  const answer = typeof responseCode === 'number' ? responseCode : undefined;
  const isPolicy = /^\d{3}[ -]5\.7\./.test(String(response));
  const isLasting = command === 'RCPT TO' && answer !== undefined && answer >= 500 && !isPolicy;
  return new NotSent(answer === undefined ? name : `${name}_${answer}`, { isLasting });
}
