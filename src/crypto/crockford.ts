import { randomBytes } from 'node:crypto';

// Crockford's base 32: no I, L, O (read as 1, 1, 0) and no U.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LONGEST_TYPED = 64;

/** 5 bits a character; 256 is a multiple of 32, so no character is likelier. */
export function randomCrockford(length: number): string {
  return crockfordOf(randomBytes(length));
}

/** One character a byte. */
export function crockfordOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += ALPHABET.charAt(byte % 32);
  return text;
}

/** What people type: lower case, any spaces and dashes, O, I and L. Undefined for everything else. */
export function parseCrockford(typed: string, length: number): string | undefined {
  if (typed.length > LONGEST_TYPED) return undefined;
  const bare = typed.replace(/[\s\p{Dash_Punctuation}]/gu, '');
  // Before upper-casing: it turns letters of other alphabets (ı, ſ) into ours.
  if (bare.length !== length || !/^[0-9A-Za-z]+$/.test(bare)) return undefined;
  const code = bare.toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1');
  return code.includes('U') ? undefined : code;
}

export function inGroups(text: string, size: number, separator: string): string {
  return (text.match(new RegExp(`.{1,${size}}`, 'g')) ?? []).join(separator);
}
