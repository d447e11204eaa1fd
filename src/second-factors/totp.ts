import { randomBytes } from 'node:crypto';
import speakeasy from 'speakeasy';
import { inGroups } from '../crypto/crockford.ts';

const STEP_SECONDS = 30;
const DRIFT_STEPS = 1;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** 160 bits, as RFC 4226 §4 recommends; the library's own secrets are biased. */
export function generateTotpSecret(): Buffer {
  return randomBytes(20);
}

export type TotpCheck = { outcome: 'matched'; step: number } | { outcome: 'refused' };

/**
 * RFC 6238, one step of drift each way. `step` is absolute (seconds / 30): a factor counts only if its last used
 * step was lower, which the caller's one conditional UPDATE decides.
 */
export function verifyTotp(from: { secret: Uint8Array; typed: string; now: Date }): TotpCheck {
  const otp = parseOtp(from.typed);
  if (otp === undefined) return { outcome: 'refused' };
  const time = Math.floor(from.now.getTime() / 1000);
  const match = speakeasy.totp.verifyDelta({
    secret: Buffer.from(from.secret).toString('hex'),
    encoding: 'hex',
    token: otp,
    window: DRIFT_STEPS,
    step: STEP_SECONDS,
    time,
  });
  if (!match) return { outcome: 'refused' };
  return { outcome: 'matched', step: Math.floor(time / STEP_SECONDS) + match.delta };
}

/** Apps show "123 456". Before the library, which reads "70624x" as 070624. */
function parseOtp(typed: string): string | undefined {
  if (typed.length > 20) return undefined;
  const digits = typed.replace(/\s/g, '');
  return /^\d{6}$/.test(digits) ? digits : undefined;
}

/** What the QR code says to an authenticator app: the Key Uri Format, its label encoded. */
export function otpauthUri(account: { issuer: string; username: string; secret: Uint8Array }): string {
  const issuer = encodeLabel(account.issuer);
  const label = `${issuer}:${encodeLabel(account.username)}`;
  return `otpauth://totp/${label}?secret=${toBase32(account.secret)}&issuer=${issuer}&algorithm=SHA1&digits=6&period=30`;
}

/** A colon, even encoded, ends the issuer in that format. */
function encodeLabel(text: string): string {
  return encodeURIComponent(text.toWellFormed().replaceAll(':', ' ').trim());
}

/** Base 32 in groups of four, for who types it. */
export function secretInGroups(secret: Uint8Array): string {
  return inGroups(toBase32(secret), 4, ' ');
}

/** RFC 4648 §6, without padding. */
export function toBase32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const fives = bits.match(/.{1,5}/g) ?? [];
  return fives.map((five) => BASE32.charAt(Number.parseInt(five.padEnd(5, '0'), 2))).join('');
}
