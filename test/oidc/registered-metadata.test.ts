import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type AdapterPayload, Provider } from 'oidc-provider';
import defaults from '../../config/default.json' with { type: 'json' };
import type { Settings } from '../../src/config.ts';
import { createClientAdapter } from '../../src/oidc/clients.ts';
import { type ConfigurationDependencies, createConfiguration } from '../../src/oidc/configuration.ts';
import { generateSigningKey, SIGNING_ALGS } from '../../src/oidc/signing-keys.ts';
import {
  AUTH_METHODS,
  ID_TOKEN_ALGS,
  implicitMetadataSchema,
  type Metadata,
  metadataSchema,
  RESPONSE_TYPES,
} from '../../src/relying-parties/metadata.ts';
import type { Registry } from '../../src/relying-parties/registry.ts';
import { SCOPES } from '../../src/relying-parties/scopes.ts';

const ISSUER = 'https://preau.example';
const RUNS = 5000;

/** As in door.ts, with all that an instance can be set to take. */
async function anEngine(responseTypes: ConfigurationDependencies['responseTypes']): Promise<Provider> {
  const from: Partial<ConfigurationDependencies> = {
    ...{ issuer: ISSUER, cookieKey: Buffer.alloc(32, 1), isDemo: false, picksPersonas: false },
    ...{ requestObjects: true, algs: SIGNING_ALGS, responseTypes, now: () => new Date() },
    keys: await Promise.all(SIGNING_ALGS.map((alg) => generateSigningKey(alg))),
    adapterFor: () => ({}) as never,
    lifetimes: defaults.lifetimes as Settings['lifetimes'],
    hooks: {} as never,
  };
  return new Provider(ISSUER, createConfiguration(from as ConfigurationDependencies));
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const wild = fc
  .tuple(
    fc.constantFrom('https', 'http', 'HTTPS', 'app.rp'),
    fc.constantFrom(
      ...[...LOOPBACK, 'localhost.', 'localhost.example', '127.1', 'LOCALHOST', '[0:0:0:0:0:0:0:1]'],
      ...['rp.example', '10.0.0.1', 'münchen.example', 'rp_1.example'],
    ),
    fc.constantFrom('', ':3000', ':443', ':'),
    fc.constantFrom('/cb', '', '/cb?a=1', '/%00', '/cb#x', "/'()*,;"),
  )
  .map(([scheme, at, port, path]) => `${scheme}://${at}${port}${path}`);
const address = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('https://rp.example/cb', 'https://rp.example:8443/cb?a=1') },
  { weight: 2, arbitrary: fc.constantFrom(...LOOPBACK.map((at) => `http://${at}:3000/cb`)) },
  { weight: 1, arbitrary: fc.constantFrom(...LOOPBACK.map((at) => `https://${at}/cb`)) },
  { weight: 1, arbitrary: wild },
);

const curves = ['P-256', 'P-384', 'P-521', 'secp256k1'].map((namedCurve) =>
  generateKeyPairSync('ec', { namedCurve }),
);
const KEYS = [
  ...curves,
  generateKeyPairSync('rsa', { modulusLength: 1024 }),
  ...[generateKeyPairSync('ed25519'), generateKeyPairSync('ed448'), generateKeyPairSync('x25519')],
].map(({ publicKey }) => publicKey.export({ format: 'jwk' }));
const key = fc
  .tuple(
    fc.constantFrom(...KEYS),
    fc.record(
      {
        kid: fc.constantFrom('1', 'é', ''),
        use: fc.constantFrom('sig', 'enc', 'x'),
        alg: fc.constantFrom(...ID_TOKEN_ALGS, 'HS256', 'none'),
        x5c: fc.constant('no array'),
        dp: fc.constant('private'),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([one, more]) => ({ ...one, ...more }));

const alg = fc.constantFrom(...ID_TOKEN_ALGS);
const scope = fc
  .array(fc.constantFrom(...SCOPES), { maxLength: 6 })
  .map((names) => ['openid', ...names].join(' '));
const page = fc.oneof(fc.webUrl(), address);

const required = {
  client_name: fc.oneof(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), fc.constant('CDI')),
  application_type: fc.constantFrom('web', 'native'),
  redirect_uris: fc.array(address, { minLength: 1, maxLength: 2 }),
};
const optional = {
  ...{ post_logout_redirect_uris: fc.array(address, { maxLength: 2 }), backchannel_logout_uri: address },
  ...{ backchannel_logout_session_required: fc.boolean(), dpop_bound_access_tokens: fc.boolean() },
  token_endpoint_auth_method: fc.constantFrom(...AUTH_METHODS),
  ...{ token_endpoint_auth_signing_alg: alg, id_token_signed_response_alg: alg },
  ...{ userinfo_signed_response_alg: alg, introspection_signed_response_alg: alg },
  request_object_signing_alg: alg,
  scope,
  ...{ jwks: fc.record({ keys: fc.array(key, { maxLength: 2 }) }), jwks_uri: address },
  request_uris: fc.array(address, { maxLength: 2 }),
  ...{ client_uri: page, logo_uri: page, policy_uri: page, tos_uri: page },
  contacts: fc.array(fc.oneof(fc.emailAddress(), fc.constant('a@b-.example')), { maxLength: 2 }),
  default_max_age: fc.oneof(fc.nat(), fc.constantFrom(0, -1, 1.5, Number.MAX_SAFE_INTEGER)),
  ...{ require_auth_time: fc.boolean(), require_pushed_authorization_requests: fc.boolean() },
  ...{ require_pkce: fc.boolean(), claims_in_id_token: fc.boolean(), unknown: fc.anything() },
};
const codes = fc.constant({});
const flows = fc.oneof(
  fc.constantFrom(
    {},
    ...[['id_token'], ['id_token token']].map((types) => ({
      grant_types: ['implicit'],
      response_types: types,
    })),
    { grant_types: ['authorization_code', 'implicit'], response_types: RESPONSE_TYPES },
  ),
  fc.record({
    grant_types: fc.subarray(['authorization_code', 'refresh_token', 'implicit']),
    response_types: fc.subarray([...RESPONSE_TYPES]),
  }),
);
// A few of them at a time: of all at once nearly nothing would be accepted.
const metadataOf = (flow: fc.Arbitrary<object>) =>
  fc
    .tuple(fc.record(required), flow, fc.subarray(Object.entries(optional), { maxLength: 7 }))
    .chain(([base, types, some]) =>
      fc
        .record(Object.fromEntries<fc.Arbitrary<unknown>>(some))
        .map((more) => ({ ...base, ...types, ...more })),
    );

/** What the engine is given of a client that is registered so. */
async function asEngineReads(accepted: Metadata): Promise<AdapterPayload | undefined> {
  const party = { clientId: 'cdi', publisher: { id: 'les-rayons', name: 'Les Rayons' }, metadata: accepted };
  const registry = { find: async () => party } as unknown as Registry;
  const adapter = createClientAdapter({ registry, issuer: ISSUER, onAsked() {}, isJudgedAnew: () => false });
  return (await adapter.find('cdi')) ?? undefined;
}

describe('whatever a registration may say is taken by the engine as well', () => {
  it.each([
    ['with codes alone', metadataSchema, ['code'] as const, codes],
    ['in the conformance profile', implicitMetadataSchema, RESPONSE_TYPES, flows],
  ])('%s', async (_, schema, responseTypes, flow) => {
    const { Client } = await anEngine([...responseTypes]);
    const build = Client as unknown as new (read: AdapterPayload | undefined) => { clientId: string };
    let taken = 0;
    const property = fc.asyncProperty(metadataOf(flow), async (given) => {
      const read = schema.safeParse(given);
      if (!read.success) return;
      taken += 1;
      expect(new build(await asEngineReads(read.data)).clientId).toBe('cdi');
    });
    await fc.assert(property, { numRuns: RUNS });
    expect(taken).toBeGreaterThan(RUNS / 10);
  });
});
