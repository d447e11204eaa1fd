// The plain engine with the well-known example adapter: no ledger, no orders, no directory.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { Provider } from 'oidc-provider';
import { generateSigningKey } from '../../src/oidc/signing-keys.ts';
import { countFlights } from './counted.ts';
import { naiveAdapter } from './records.ts';
import { PEOPLE, REDIRECT_URI, type Ready, serve } from './served.ts';

// As the example has it, whose client puts a name before every key.
const redis = new Redis(process.env.PREAU_TEST_REDIS ?? '', { keyPrefix: 'naive:' });
redis.on('error', () => {});
await once(redis, 'ready');
const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
const clients = (['ES256', 'RS256'] as const).map((alg) => ({
  alg,
  clientId: `control${alg}`,
  clientSecret: 'of-no-worth-in-a-benchmark',
}));
const keys = await Promise.all((['ES256', 'RS256'] as const).map(generateSigningKey));
const provider = new Provider(issuer, {
  adapter: naiveAdapter(redis),
  clients: clients.map(({ alg, clientId, clientSecret }) => ({
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: [REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token'],
    id_token_signed_response_alg: alg,
  })),
  claims: { openid: ['sub'], profile: ['name', 'given_name', 'family_name'] },
  cookies: { keys: ['of-no-worth-in-a-benchmark'] },
  features: { devInteractions: { enabled: false }, introspection: { enabled: true } },
  findAccount: (_, accountId) => ({
    accountId,
    claims: () => ({ sub: accountId, name: 'Lina Martin', given_name: 'Lina', family_name: 'Martin' }),
  }),
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  issueRefreshToken: () => true,
  jwks: { keys },
  loadExistingGrant: async ({ oidc }) => {
    const known = oidc.session?.grantIdFor(oidc.client?.clientId ?? '');
    if (known) return oidc.provider.Grant.find(known);
    const grant = new oidc.provider.Grant({
      accountId: oidc.session?.accountId ?? '',
      clientId: oidc.client?.clientId ?? '',
    });
    grant.addOIDCScope('openid profile');
    await grant.save();
    return grant;
  },
  pkce: { required: () => true },
  rotateRefreshToken: true,
});
const engine = provider.callback();
server.on('request', (request, response) => {
  if (!request.url?.startsWith('/interaction/')) return void engine(request, response);
  const login = { accountId: String(request.headers['x-person']), remember: true };
  void provider.interactionFinished(request, response, { login });
});
const cookies: string[] = [];
while (cookies.length < PEOPLE) cookies.push(await signedIn(clients, cookies.length));
serve({ issuer, clients, cookies }, countFlights(redis));

async function signedIn([client]: Ready['clients'], person: number): Promise<string> {
  const jar = new Map<string, string>();
  const query = new URLSearchParams({
    ...{ client_id: client?.clientId ?? '', redirect_uri: REDIRECT_URI, response_type: 'code' },
    ...{ scope: 'openid', code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' },
  });
  let address = `${issuer}/auth?${query}`;
  while (address.startsWith(issuer)) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(address, {
      headers: { cookie, 'x-person': `person${person}` },
      redirect: 'manual',
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      jar.set(name, value);
    }
    address = new URL(response.headers.get('location') ?? 'about:blank', issuer).href;
  }
  return ['_session', '_session.sig'].map((name) => `${name}=${jar.get(name)}`).join('; ');
}
