// The plain engine with the well-known example adapter, as one of two processes behind one issuer: the control.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ClientMetadata, type JWKS, Provider } from 'oidc-provider';
import { openRedis } from '../../src/storage/redis.ts';
import { NaiveAdapter } from '../storage/oidc/naive-adapter.ts';

export interface NaiveTask {
  socket: string;
  /** Of the first process; it is its own. */
  issuer?: string;
  jwks: JWKS;
  clients: ClientMetadata[];
}

const task = JSON.parse(process.argv[2] ?? '') as NaiveTask;
const redis = await openRedis({ at: task.socket, commandMilliseconds: 10_000 });
const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://localhost:${(server.address() as AddressInfo).port}`;
const issuer = task.issuer ?? url;
const provider = new Provider(issuer, {
  adapter: (name) => new NaiveAdapter(name, redis),
  clients: task.clients,
  cookies: { keys: ['of-no-worth-in-a-test'] },
  expiresWithSession: () => false,
  features: {
    ...{ devInteractions: { enabled: false }, dPoP: { enabled: true } },
    pushedAuthorizationRequests: { enabled: true },
  },
  findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  issueRefreshToken: () => true,
  jwks: task.jwks,
  loadExistingGrant: async ({ oidc }) => {
    const of = { accountId: oidc.session?.accountId ?? '', clientId: oidc.client?.clientId ?? '' };
    const grant = new oidc.provider.Grant(of);
    grant.addOIDCScope('openid profile school');
    await grant.save();
    return grant;
  },
  rotateRefreshToken: true,
  routes: { authorization: '/authorize', pushed_authorization_request: '/par', userinfo: '/userinfo' },
  scopes: ['openid', 'profile', 'school'],
});
const engine = provider.callback();
server.on('request', (request, response) => {
  request.headers.host = new URL(issuer).host;
  if (!request.url?.startsWith('/interaction/')) return void engine(request, response);
  void provider.interactionFinished(request, response, { login: { accountId: 'lina' } });
});
process.on('disconnect', () => process.exit());
process.send?.({ url });
