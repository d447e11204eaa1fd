export interface Mail {
  to: string;
  subject: string;
  text: string;
}

export interface Sms {
  to: string;
  text: string;
}

/** Why a message did not go out: by what came back, never with an address or a word of the message. */
export class NotSent extends Error {
  override readonly name = 'NotSent';
  readonly code: string;
  /** Another try would meet the same: no such mailbox, no such number. */
  readonly isLasting: boolean;

  constructor(code: string, { isLasting = false } = {}) {
    super(`not sent: ${code}`);
    this.code = code;
    this.isLasting = isLasting;
  }
}

/** One mailbox and nothing else: no list, no display name, no line end. */
export function isMailAddress(text: string): boolean {
  return (
    text.length <= 254 && /^[^\s@<>(),;:"\\[\]\p{C}]{1,64}@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)*$/u.test(text)
  );
}

/** As the directory holds numbers: + and digits. */
export function isPhoneNumber(text: string): boolean {
  return /^\+[1-9]\d{7,14}$/.test(text);
}

/** A subject is one line: a line end would begin another header. */
export function assertMail({ to, subject }: Mail): void {
  if (!isMailAddress(to)) throw new NotSent('no_mail_address', { isLasting: true });
  if (/[\p{Cc}\u2028\u2029]/u.test(subject)) throw new TypeError('a subject of more than one line');
}

export function assertSms({ to }: Sms): void {
  if (!isPhoneNumber(to)) throw new NotSent('no_phone_number', { isLasting: true });
}
