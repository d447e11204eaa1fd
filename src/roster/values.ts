/** What the sources write → what Préau keeps. Each answers undefined where the text cannot be such a value. */

export function parseUai(text: string): string | undefined {
  const uai = text.trim().toUpperCase();
  return /^\d{7}[A-Z]$/.test(uai) ? uai : undefined;
}

export function parseKey(text: string): string | undefined {
  const key = text.trim();
  return /^[\p{L}\p{N}._:@/-]{1,64}$/u.test(key) ? key : undefined;
}

export function parseName(text: string): string | undefined {
  const name = text.normalize('NFC').trim().replace(/\s+/g, ' ');
  if (name.length === 0 || name.length > 100) return undefined;
  return /^[\p{L}\p{M}\p{N} .,'’()/-]+$/u.test(name) ? name : undefined;
}

/** Establishments and classes are named more freely than people. */
export function parseLabel(text: string): string | undefined {
  const label = text.normalize('NFC').trim().replace(/\s+/g, ' ');
  const isReadable = label.length > 0 && label.length <= 120 && !/[\p{C}<>]/u.test(label);
  return isReadable ? label : undefined;
}

export function parseBirthDate(text: string): string | undefined {
  return parseDay(text);
}

/** DIR, EDU …; what is longer than any code is cut. */
export function parseFunction(text: string): string | undefined {
  return parseLabel(text)?.toUpperCase().slice(0, 20);
}

/** dd/mm/yyyy or yyyy-mm-dd → yyyy-mm-dd */
export function parseDay(text: string): string | undefined {
  const french = /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(text);
  const iso = french ? `${french[3]}-${french[2]}-${french[1]}` : text;
  if (!/^(19|20)\d{2}-\d{2}-\d{2}$/.test(iso)) return undefined;
  const time = Date.parse(`${iso}T00:00:00Z`);
  // An impossible day such as 31 February parses as a day of March, or not at all.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== iso) return undefined;
  return iso;
}

export function parseIne(text: string): string | undefined {
  const ine = text.replace(/\s/g, '').toUpperCase();
  return /^[0-9A-Z]{11}$/.test(ine) ? ine : undefined;
}

export function parseMail(text: string): string | undefined {
  const mail = text.trim().toLowerCase();
  const isMail =
    mail.length <= 254 && /^[^\s@<>(),;:"\\\p{C}]+@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+$/u.test(mail);
  return isMail ? mail : undefined;
}

/** French and international notations → E.164 */
export function parsePhone(text: string): string | undefined {
  const dialled = text.replace(/[\s.()/-]/g, '').replace(/^00/, '+');
  const phone = dialled.replace(/^0(?=[1-9]\d{8}$)/, '+33').replace(/^\+330/, '+33');
  return /^\+[1-9]\d{7,14}$/.test(phone) ? phone : undefined;
}
