import { generateKeyPair as generate } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose';
import type { SecretSealer } from '../crypto/key-ring.ts';
import type { Db } from '../storage/postgres.ts';
import { insertKeys, type KeyRow, lockKeys, selectKeys } from './store.ts';

/** What ID tokens may be signed with; also the order in which keys are published. */
export const SIGNING_ALGS = ['RS256', 'ES256', 'EdDSA', 'PS256'] as const;
export type SigningAlg = (typeof SIGNING_ALGS)[number];

/** A private key as the engine takes it: of equal keys the first signs, so `alg` and `use` stand on all. */
export type SigningJwk = JWK & { kid: string; alg: string; use: 'sig' };

const generateKeyPair = promisify(generate);
const ORDER = { current: 0, next: 1, old: 2 };

/** The keys of this instance, opened, the current ones first. What is missing is made by whoever comes first. */
export async function loadSigningKeys(
  db: Db,
  { sealer, now }: { sealer: SecretSealer; now: () => Date },
): Promise<SigningJwk[]> {
  const known = await selectKeys(db);
  const rows = missingAlgs(known).length === 0 ? known : await makeMissing(db, sealer, now);
  return rows
    .toSorted((one, other) => ORDER[one.state] - ORDER[other.state])
    .map((row) => JSON.parse(sealer.openSecret(labelOf(row.kid), row.private_sealed).toString('utf8')));
}

function makeMissing(db: Db, sealer: SecretSealer, now: () => Date): Promise<KeyRow[]> {
  return db.transaction().execute(async (tx) => {
    await lockKeys(tx);
    const algs = missingAlgs(await selectKeys(tx));
    const made = await Promise.all(algs.map(generateSigningKey));
    const rows = made.map((jwk) => ({
      kid: jwk.kid,
      alg: jwk.alg,
      public_jwk: JSON.stringify(publicPartOf(jwk)),
      private_sealed: sealer.sealSecret(labelOf(jwk.kid), Buffer.from(JSON.stringify(jwk))),
    }));
    await insertKeys(tx, rows, now());
    return selectKeys(tx);
  });
}

function missingAlgs(rows: readonly KeyRow[]): SigningAlg[] {
  return SIGNING_ALGS.filter((alg) => !rows.some((row) => row.alg === alg && row.state === 'current'));
}

async function generateSigningKey(alg: SigningAlg): Promise<SigningJwk> {
  const { privateKey } = await pairFor(alg);
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg, use: 'sig' };
}

function pairFor(alg: SigningAlg) {
  if (alg === 'ES256') return generateKeyPair('ec', { namedCurve: 'P-256' });
  if (alg === 'EdDSA') return generateKeyPair('ed25519');
  // ASVS 11.2.3: at least 128 bits of strength.
  return generateKeyPair('rsa', { modulusLength: 3072 });
}

function publicPartOf({ d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...rest }: SigningJwk): JWK {
  return rest;
}

function labelOf(kid: string): string {
  return `signing-key ${kid}`;
}
