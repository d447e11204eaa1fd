import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { z } from 'zod';
import { publicPartOf, RSA_BITS, SIGNING_ALGS, type SigningJwk } from './signing-keys.ts';

const moment = z.coerce.date();
const jwk = z.custom<SigningJwk>(
  (given) => jwkShape.safeParse(given).success,
  'a private JWK with kid, alg and use',
);
const jwkShape = z.looseObject({
  kid: z.string().min(1).max(200),
  alg: z.enum(SIGNING_ALGS),
  use: z.literal('sig'),
  kty: z.enum(['RSA', 'EC', 'OKP']),
  d: z.string().min(1),
});

/** The keys of an exported file, states and moments as in the table. */
export const exportedKeys = z
  .array(
    z.strictObject({
      jwk,
      state: z.enum(['next', 'current', 'old']),
      created_at: moment,
      current_at: moment.nullable(),
      old_at: moment.nullable(),
      published_until: moment.nullable(),
    }),
  )
  .min(1)
  .max(1000);

type ExportedKey = z.infer<typeof exportedKeys>[number];

/** In words, the first thing that keeps these keys from being used; undefined where there is none. */
export async function findKeyProblem(keys: readonly ExportedKey[]): Promise<string | undefined> {
  for (const { jwk: key } of keys) {
    if (!fitsAlg(key)) return `${key.kid} is no key for ${key.alg}`;
    if (!verifiesItself(key)) return `${key.kid}: its two parts are of different keys`;
    if ((await calculateJwkThumbprint(key)) !== key.kid) return `${key.kid} is not the thumbprint of its key`;
  }
  for (const alg of SIGNING_ALGS)
    for (const state of ['current', 'next'] as const)
      if (keys.filter((key) => key.jwk.alg === alg && key.state === state).length > 1)
        return `more than one ${state} key for ${alg}`;
  if (new Set(keys.map((key) => key.jwk.kid)).size < keys.length) return 'a key stands there twice';
  const wrong = keys.find(({ state, old_at, published_until }) =>
    [old_at, published_until].some((end) => (end !== null) !== (state === 'old')),
  );
  return wrong && `${wrong.jwk.kid} is ${wrong.state}, but its moments say otherwise`;
}

function fitsAlg(key: SigningJwk): boolean {
  const type = keyType(key);
  if (key.alg === 'ES256') return type === 'ec prime256v1';
  if (key.alg === 'EdDSA') return type === 'ed25519';
  return type?.startsWith('rsa ') === true && Number(type.slice(4)) >= RSA_BITS;
}

function verifiesItself(key: SigningJwk): boolean {
  const hash = key.alg === 'EdDSA' ? null : 'sha256';
  const probe = Buffer.from(key.kid);
  const published = createPublicKey({ key: publicPartOf(key), format: 'jwk' });
  return verify(hash, probe, published, sign(hash, probe, createPrivateKey({ key, format: 'jwk' })));
}

function keyType(key: SigningJwk): string | undefined {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey({ key, format: 'jwk' });
    const detail = asymmetricKeyDetails?.namedCurve ?? asymmetricKeyDetails?.modulusLength;
    return [asymmetricKeyType, detail].filter(Boolean).join(' ');
  } catch {
    return undefined;
  }
}
