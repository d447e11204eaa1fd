import { generateKeyPair as generate } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose';
import type { Mode } from '../config.ts';
import type { SecretSealer } from '../crypto/key-ring.ts';
import type { KeyRow, NewKeyRow } from './store.ts';

/** What ID tokens may be signed with; also the order in which keys are published. */
export const SIGNING_ALGS = ['RS256', 'ES256', 'EdDSA', 'PS256'] as const;
export type SigningAlg = (typeof SIGNING_ALGS)[number];

/** Those of an instance. The conformance suite's check of a rotation stumbles over keys of other kinds than RSA and EC. */
export function publishedAlgs(mode: Mode): SigningAlg[] {
  return SIGNING_ALGS.filter((alg) => mode !== 'conformance' || alg !== 'EdDSA');
}

/** A private key as the engine takes it: of equal keys the first signs, so `alg` and `use` stand on all. */
export type SigningJwk = JWK & { kid: string; alg: SigningAlg; use: 'sig' };

/** ASVS 11.2.3: at least 128 bits of strength. */
export const RSA_BITS = 3072;

const generateKeyPair = promisify(generate);

export async function generateSigningKey(alg: SigningAlg): Promise<SigningJwk> {
  const { privateKey } = await pairFor(alg);
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg, use: 'sig' };
}

/** As it lies in the database: the private part sealed, for this row alone. */
export function sealKey(
  sealer: SecretSealer,
  jwk: SigningJwk,
  row: Omit<NewKeyRow, 'kid' | 'alg' | 'public_jwk' | 'private_sealed'>,
): NewKeyRow {
  return {
    ...row,
    kid: jwk.kid,
    alg: jwk.alg,
    public_jwk: JSON.stringify(publicPartOf(jwk)),
    private_sealed: sealer.sealSecret(labelOf(jwk.kid), Buffer.from(JSON.stringify(jwk))),
  };
}

/** Throws SealBroken. */
export function openKey(sealer: SecretSealer, row: Pick<KeyRow, 'kid' | 'private_sealed'>): SigningJwk {
  return JSON.parse(sealer.openSecret(labelOf(row.kid), row.private_sealed).toString('utf8'));
}

export function isSigningAlg(text: string): text is SigningAlg {
  return SIGNING_ALGS.some((alg) => alg === text);
}

function pairFor(alg: SigningAlg) {
  if (alg === 'ES256') return generateKeyPair('ec', { namedCurve: 'P-256' });
  if (alg === 'EdDSA') return generateKeyPair('ed25519');
  return generateKeyPair('rsa', { modulusLength: RSA_BITS });
}

export function publicPartOf({ d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...rest }: SigningJwk): JWK {
  return rest;
}

function labelOf(kid: string): string {
  return `signing-key ${kid}`;
}
