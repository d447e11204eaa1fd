import {
  constants,
  createPrivateKey,
  createPublicKey,
  type JsonWebKeyInput,
  type KeyObject,
  type SignKeyObjectInput,
  sign,
} from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { ExternalSigningKey } from 'oidc-provider';
import type { SigningAlg, SigningJwk } from './signing-keys.ts';

const signInPool = promisify(sign);

/**
 * A key as the engine signs with it. Signatures on curves take some 20 µs: they are made at once, which costs less
 * than handing them to another thread. Those of RSA take thirty times as long: another thread makes them, unless this
 * process has one core only, where that thread would take turns with this one and make neither sooner.
 */
export class Signer extends ExternalSigningKey {
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #signingAlg: SigningAlg;
  readonly #hasOneCore: boolean;

  constructor(jwk: SigningJwk, { cores = availableParallelism() } = {}) {
    super();
    this.#hasOneCore = cores === 1;
    Object.assign(this, { kid: jwk.kid, alg: jwk.alg });
    this.#signingAlg = jwk.alg;
    this.#privateKey = createPrivateKey({ key: jwk, format: 'jwk' } as JsonWebKeyInput);
    this.#publicKey = createPublicKey(this.#privateKey);
  }

  override keyObject(): KeyObject {
    return this.#publicKey;
  }

  override sign(data: Uint8Array): Uint8Array | Promise<Uint8Array> {
    const key = this.#privateKey;
    switch (this.#signingAlg) {
      case 'ES256':
        return numbersOf(sign('sha256', data, key));
      case 'EdDSA':
        return sign(null, data, key);
      case 'RS256':
        return this.#signRsa(data, { key, ...PKCS1 });
      case 'PS256':
        return this.#signRsa(data, { key, ...PSS });
    }
  }

  #signRsa(data: Uint8Array, key: SignKeyObjectInput): Uint8Array | Promise<Uint8Array> {
    return this.#hasOneCore ? sign('sha256', data, key) : signInPool('sha256', data, key);
  }
}

const PKCS1 = { padding: constants.RSA_PKCS1_PADDING };

// RFC 7518 §3.5: a salt as long as the digest.
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

const P256_BYTES = 32;

/** RFC 7518 §3.4: r and s one after the other, and not as DER. Node's own way of it takes as long as the signature. */
function numbersOf(der: Buffer): Uint8Array {
  const both = new Uint8Array(2 * P256_BYTES);
  // SEQUENCE, its length; INTEGER, its length, r; INTEGER, its length, s.
  const endOfR = 4 + Number(der[3]);
  place(der.subarray(4, endOfR), both.subarray(0, P256_BYTES));
  place(der.subarray(endOfR + 2), both.subarray(P256_BYTES));
  return both;
}

/** To the right. DER sets a zero before a number that would look negative, and none before a short one. */
function place(number: Uint8Array, into: Uint8Array): void {
  const digits = number.subarray(Math.max(0, number.length - into.length));
  into.set(digits, into.length - digits.length);
}
