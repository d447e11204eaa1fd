import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { type ClientMetadata, interactionPolicy, Provider } from 'oidc-provider';

export interface SmallProvider {
  issuer: string;
  /** What the next authorization request is answered with, in place of a sign-in. */
  refuseNext(error: string): void;
  /** As if the session had been ended at the provider. */
  endSessions(): void;
  register(client: ClientMetadata): void;
  close(): Promise<void>;
}

/** Any OpenID provider: it signs Lina in without asking. Préau's own doors have tests of their own. */
export async function startSmallProvider(port = 0): Promise<SmallProvider> {
  const server = createServer((req, res) => void provider.callback()(req, res));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  const clients: ClientMetadata[] = [];
  let refusal: string | undefined;
  let isEnded = false;
  let provider = build();

  function build(): Provider {
    const made = new Provider(issuer, {
      clients,
      jwks: { keys: [{ ...jwk, kid: 'k', alg: 'ES256', use: 'sig' }] },
      cookies: { keys: ['of-no-worth-in-a-test'] },
      features: { devInteractions: { enabled: false } },
      interactions: { policy: interactionPolicy.base() },
      pkce: { required: () => true },
      claims: {
        openid: ['sub', 'acr', 'amr', 'auth_time'],
        profile: ['given_name'],
        school: ['profiles', 'establishments'],
      },
      scopes: ['openid', 'profile', 'school'],
      findAccount: (_, sub) => (isEnded ? undefined : { accountId: sub, claims: () => LINA }),
      issueRefreshToken: async () => true,
      async loadExistingGrant(ctx) {
        const { client, session } = ctx.oidc;
        const grant = new ctx.oidc.provider.Grant({
          clientId: client?.clientId ?? '',
          accountId: session?.accountId ?? '',
        });
        grant.addOIDCScope('openid profile school');
        await grant.save();
        return grant;
      },
    });
    made.use(async (ctx, next) => {
      if (!ctx.path.startsWith('/interaction/')) return next();
      const error = refusal;
      refusal = undefined;
      const result = error
        ? { error }
        : { login: { accountId: 'lina', acr: 'urn:preau:acr:two', amr: ['pwd', 'otp'] } };
      ctx.redirect(await made.interactionResult(ctx.req, ctx.res, result));
    });
    return made;
  }
  return {
    issuer,
    refuseNext: (error) => {
      refusal = error;
    },
    endSessions: () => {
      isEnded = true;
    },
    register(client) {
      clients.push(client);
      provider = build();
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const LINA = {
  sub: 'lina',
  given_name: '<b>Lina</b>',
  profiles: ['pupil'],
  establishments: [{ uai: '0750001A', name: 'Collège des Tilleuls', profile: 'pupil', classes: ['6A'] }],
};
