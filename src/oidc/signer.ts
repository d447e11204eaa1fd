import {
  constants,
  createPrivateKey,
  createPublicKey,
  type JsonWebKeyInput,
  type KeyObject,
  sign,
} from 'node:crypto';
import { promisify } from 'node:util';
import { ExternalSigningKey } from 'oidc-provider';
import type { SigningAlg, SigningJwk } from './signing-keys.ts';

const signInPool = promisify(sign);

/**
 * A key as the engine signs with it. Signatures on curves take some 30 µs: they are made at once, which costs less
 * than handing them to another thread. Those of RSA take a hundred times as long and leave the event loop alone.
 */
export class Signer extends ExternalSigningKey {
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #signingAlg: SigningAlg;

  constructor(jwk: SigningJwk) {
    super();
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
        // RFC 7518 §3.4: the two numbers one after the other, not as DER.
        return sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });
      case 'EdDSA':
        return sign(null, data, key);
      case 'RS256':
        return signInPool('sha256', data, key);
      case 'PS256':
        return signInPool('sha256', data, { key, ...PSS });
    }
  }
}

// RFC 7518 §3.5: a salt as long as the digest.
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
