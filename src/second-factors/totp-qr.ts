import { toString as toText } from 'qrcode';
import { otpauthUri } from './totp.ts';

/** What an authenticator application scans, as a data address for an `<img>`. SVG: a tenth of the work of a PNG. */
export async function totpQrImage(account: {
  issuer: string;
  username: string;
  secret: Uint8Array;
}): Promise<string> {
  const svg = await toText(otpauthUri(account), { type: 'svg', errorCorrectionLevel: 'M', margin: 2 });
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}
