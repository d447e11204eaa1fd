import express, { type Express } from 'express';
import expressOpenidConnect from 'express-openid-connect';
import session from 'express-session';
import type { Settings } from './application.ts';

const { auth, requiresAuth } = expressOpenidConnect;

export function application({ issuer, baseUrl, clientId, clientSecret }: Settings): Express {
  // settings: begin
  const app = express();
  app.use(
    auth({
      issuerBaseURL: issuer,
      baseURL: baseUrl, // registered: {baseUrl}/callback, after sign-out {baseUrl}
      clientID: clientId,
      clientSecret,
      secret: 'of-this-application-alone-and-long-enough',
      authRequired: false,
      authorizationParams: { response_type: 'code', scope: 'openid profile email school' },
      idpLogout: true,
      // Registered as backchannel_logout_uri: {baseUrl}/backchannel-logout
      backchannelLogout: { store: new session.MemoryStore() as never },
    }),
  );
  app.get('/me', requiresAuth(), async (request, response) => {
    response.json(await request.oidc.fetchUserInfo());
  });
  // settings: end
  app.get('/refresh', requiresAuth(), async (request, response) => {
    const token = await request.oidc.accessToken?.refresh();
    response.json({ refreshed: Boolean(token?.access_token) });
  });
  app.get(
    '/state',
    (request, response) => void response.json({ signedOut: !request.oidc.isAuthenticated() }),
  );
  app.get('/', (_, response) => void response.json({ home: true }));
  return app;
}
