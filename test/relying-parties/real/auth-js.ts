import { ExpressAuth, type ExpressAuthConfig, getSession } from '@auth/express';
import express, { type Express } from 'express';
import type { Settings } from './application.ts';

export function application({ issuer, baseUrl, clientId, clientSecret }: Settings): Express {
  const app = express();
  // settings: begin
  // Reads nothing but the ID token: registered with `claims_in_id_token: true`.
  // Redirect: {baseUrl}/auth/callback/preau
  const config: ExpressAuthConfig = {
    secret: 'of-this-application-alone-and-long-enough',
    trustHost: true,
    basePath: '/auth',
    providers: [
      {
        id: 'preau',
        name: 'Préau',
        type: 'oidc',
        issuer,
        clientId,
        clientSecret,
        checks: ['pkce', 'state', 'nonce'],
        authorization: { params: { scope: 'openid profile email school' } },
      },
    ],
    callbacks: {
      // What the session shall hold of the ID token.
      jwt: ({ token, profile, account }) =>
        profile ? { ...token, profile, idToken: account?.id_token } : token,
      session: ({ session, token }) => ({ ...session, ...token }),
    },
  };
  app.use('/auth', ExpressAuth(config));
  // Auth.js ends its own session alone: afterwards the person goes to Préau, to end that one too.
  app.get('/logout', async (request, response) => {
    const session = (await getSession(request, config)) as { idToken?: string } | null;
    const hint = { id_token_hint: session?.idToken ?? '', post_logout_redirect_uri: `${baseUrl}/` };
    response.redirect(`${issuer}/session/end?${new URLSearchParams(hint)}`);
  });
  // settings: end
  app.get('/', (_, response) => void response.json({ home: true }));
  return app;
}
