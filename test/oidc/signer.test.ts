import { constants, createPublicKey, type JsonWebKeyInput, randomBytes, verify } from 'node:crypto';
import { types } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Signer } from '../../src/oidc/signer.ts';
import { generateSigningKey } from '../../src/oidc/signing-keys.ts';

describe('a signature on P-256', () => {
  it('is r and s of 32 bytes each, however short the number', async () => {
    const jwk = await generateSigningKey('ES256');
    const key = createPublicKey({ key: jwk, format: 'jwk' } as JsonWebKeyInput);
    const signer = new Signer(jwk);
    const kinds = new Set<string>();
    // One of 256 numbers begins with a zero.
    while (kinds.size < 4) {
      const data = randomBytes(200);
      const signature = Buffer.from(await signer.sign(data));
      expect(signature).toHaveLength(64);
      expect(verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
      kinds
        .add(`r ${signature[0] === 0 ? 'short' : 'full'}`)
        .add(`s ${signature[32] === 0 ? 'short' : 'full'}`);
    }
  });
});

describe('a signature of RSA', () => {
  const algs = {
    RS256: { padding: constants.RSA_PKCS1_PADDING },
    PS256: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
  };

  it.each(Object.entries(algs))(
    '%s is the same kind of signature with one core and with several',
    async (alg, how) => {
      const jwk = await generateSigningKey(alg as keyof typeof algs);
      const key = createPublicKey({ key: jwk, format: 'jwk' } as JsonWebKeyInput);
      const data = randomBytes(200);
      const atOnce = new Signer(jwk, { cores: 1 }).sign(data);
      const elsewhere = new Signer(jwk, { cores: 2 }).sign(data);
      expect(atOnce).toBeInstanceOf(Uint8Array);
      expect(types.isPromise(elsewhere)).toBe(true);
      for (const signature of [await atOnce, await elsewhere])
        expect(verify('sha256', data, { key, ...how }, signature)).toBe(true);
    },
  );
});
