import express, { type Express } from 'express';
import session from 'express-session';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as client from 'openid-client';
import type { Settings } from './application.ts';

interface Visit {
  flow?: { verifier: string; state: string; nonce: string };
  signedIn?: { sid: string; claims: object; idToken: string; refreshToken: string };
}

// settings: begin
/** Registered with `backchannel_logout_uri`, so that the application hears of sign-outs elsewhere. */
export async function application({ issuer, baseUrl, clientId, clientSecret }: Settings): Promise<Express> {
  const execute = issuer.startsWith('http:') ? [client.allowInsecureRequests] : []; // a trial on this machine
  const config = await client.discovery(new URL(issuer), clientId, clientSecret, undefined, { execute });
  const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri ?? ''));
  const endedSids = new Set<string>();
  const app = express();
  app.use(session({ secret: 'of-this-application', resave: false, saveUninitialized: false }));
  const visitOf = (request: express.Request) => (request as unknown as { session: Visit }).session;

  app.get('/login', async (request, response) => {
    const flow = {
      verifier: client.randomPKCECodeVerifier(),
      state: client.randomState(),
      nonce: client.randomNonce(),
    };
    visitOf(request).flow = flow;
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: `${baseUrl}/callback`,
      scope: 'openid profile email school',
      code_challenge: await client.calculatePKCECodeChallenge(flow.verifier),
      code_challenge_method: 'S256',
      state: flow.state,
      nonce: flow.nonce,
    });
    response.redirect(url.href);
  });

  app.get('/callback', async (request, response) => {
    const visit = visitOf(request);
    const { verifier = '', state, nonce } = visit.flow ?? {};
    const tokens = await client.authorizationCodeGrant(config, new URL(request.originalUrl, baseUrl), {
      pkceCodeVerifier: verifier,
      ...(state && { expectedState: state }),
      ...(nonce && { expectedNonce: nonce }),
      idTokenExpected: true,
    });
    const { sub = '', sid } = (tokens.claims() ?? {}) as { sub?: string; sid?: string };
    const claims = await client.fetchUserInfo(config, tokens.access_token, sub);
    visit.signedIn = {
      ...{ sid: String(sid), claims, idToken: tokens.id_token ?? '' },
      refreshToken: tokens.refresh_token ?? '',
    };
    response.redirect('/me');
  });

  app.post('/backchannel-logout', express.urlencoded(), async (request, response) => {
    const checks = { issuer, audience: clientId, typ: 'logout+jwt' };
    const { payload } = await jwtVerify(
      (request.body as { logout_token: string }).logout_token,
      keys,
      checks,
    );
    endedSids.add(String(payload.sid));
    response.status(204).end();
  });

  app.get('/logout', (request, response) => {
    const visit = visitOf(request);
    const parameters = {
      post_logout_redirect_uri: `${baseUrl}/`,
      id_token_hint: visit.signedIn?.idToken ?? '',
    };
    delete visit.signedIn;
    response.redirect(client.buildEndSessionUrl(config, parameters).href);
  });
  // settings: end

  app.get('/refresh', async (request, response) => {
    const { signedIn } = visitOf(request);
    const tokens = await client.refreshTokenGrant(config, signedIn?.refreshToken ?? '');
    if (signedIn) signedIn.refreshToken = tokens.refresh_token ?? signedIn.refreshToken;
    response.json({ refreshed: Boolean(tokens.access_token) });
  });
  app.get('/me', (request, response) => {
    const { signedIn } = visitOf(request);
    const isIn = signedIn && !endedSids.has(signedIn.sid);
    response.json(isIn ? signedIn.claims : { signedOut: true });
  });
  app.get('/', (_, response) => void response.json({ home: true }));
  return app;
}
