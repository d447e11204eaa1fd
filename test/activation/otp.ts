import speakeasy from 'speakeasy';

/** What an authenticator application shows at this moment. */
export function otpOf(secret: Uint8Array, at: Date): string {
  const hex = Buffer.from(secret).toString('hex');
  return speakeasy.totp({ secret: hex, encoding: 'hex', time: Math.floor(at.getTime() / 1000) });
}
