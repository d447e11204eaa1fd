import speakeasy from 'speakeasy';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 §6; spaces between the groups do not count. */
export function fromBase32(text: string): Buffer {
  const bits = [...text.toUpperCase().replace(/[\s=]/g, '')]
    .map((character) => BASE32.indexOf(character).toString(2).padStart(5, '0'))
    .join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** What the telephone shows at this moment. */
export function totpCode(secret: Uint8Array, at: Date): string {
  return speakeasy.totp({
    secret: Buffer.from(secret).toString('hex'),
    encoding: 'hex',
    time: Math.floor(at.getTime() / 1000),
  });
}
