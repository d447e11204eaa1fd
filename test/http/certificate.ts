import { generateKeyPairSync, sign } from 'node:crypto';

/** A certificate that no authority vouches for, for a server of tests (RFC 5280 §4.1, in DER). */
export function aCertificate(name = 'localhost'): { cert: string; key: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const common = sequence(der(0x06, hex('550403')), der(0x0c, Buffer.from(name)));
  const subject = sequence(der(0x31, common));
  const ecdsaWithSha256 = sequence(der(0x06, hex('2a8648ce3d040302')));
  const body = sequence(
    der(0x02, hex('01')),
    ecdsaWithSha256,
    subject,
    sequence(der(0x17, Buffer.from('250101000000Z')), der(0x17, Buffer.from('490101000000Z'))),
    subject,
    publicKey.export({ format: 'der', type: 'spki' }),
  );
  const signature = der(0x03, Buffer.concat([hex('00'), sign('sha256', body, privateKey)]));
  const whole = sequence(body, ecdsaWithSha256, signature).toString('base64');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${whole.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function der(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const long = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...(length < 0x80 ? [length] : long)]), value]);
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}
