import { toDataURL } from 'qrcode';
import { otpauthUri } from './totp.ts';

/** What an authenticator application scans, as a data address for an `<img>`. */
export async function totpQrImage(account: {
  issuer: string;
  username: string;
  secret: Uint8Array;
}): Promise<string> {
  return toDataURL(otpauthUri(account), { errorCorrectionLevel: 'M', margin: 2, width: 416 });
}
