import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, type JWK, type JWTPayload, SignJWT } from 'jose';

export interface ProofKey {
  readonly privateKey: KeyObject;
  readonly jwk: JWK;
  readonly thumbprint: string;
}

export async function aProofKey(): Promise<ProofKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) };
}

interface Proof {
  method?: string;
  accessToken?: string;
  claims?: JWTPayload;
  header?: object;
}

/** RFC 9449 §4.2. */
export function aProof(
  key: ProofKey,
  url: string,
  { method = 'POST', accessToken, claims, header }: Proof = {},
): Promise<string> {
  const ath = accessToken && createHash('sha256').update(accessToken).digest('base64url');
  return new SignJWT({ jti: randomUUID(), htm: method, htu: url, ...(ath && { ath }), ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: key.jwk, ...header })
    .setIssuedAt(claims?.iat)
    .sign(key.privateKey);
}
