import express, { type Express } from 'express';
import session from 'express-session';
import passport from 'passport';
import OpenIDConnectStrategy from 'passport-openidconnect';
import type { Settings } from './application.ts';

export function application({ issuer, baseUrl, clientId, clientSecret }: Settings): Express {
  const app = express();
  app.use(session({ secret: 'of-this-application', resave: false, saveUninitialized: false }));
  // settings: begin
  // Sends no PKCE: registered with `require_pkce: false` and `token_endpoint_auth_method: client_secret_post`.
  passport.use(
    new OpenIDConnectStrategy(
      {
        issuer,
        authorizationURL: `${issuer}/authorize`,
        tokenURL: `${issuer}/token`,
        userInfoURL: `${issuer}/userinfo`,
        clientID: clientId,
        clientSecret,
        callbackURL: `${baseUrl}/callback`,
        scope: ['profile', 'email', 'school'],
        skipUserProfile: false, // else it knows nothing but the sub
      },
      (_issuer, profile, _context, idToken, done) => done(null, { profile, idToken }),
    ),
  );
  app.use(passport.initialize());
  app.use(passport.session());
  app.get('/login', passport.authenticate('openidconnect'));
  app.get(
    '/callback',
    passport.authenticate('openidconnect', { successRedirect: '/me', failureRedirect: '/' }),
  );
  app.get('/logout', (request, response) => {
    const { user, logout } = request as unknown as {
      user?: { idToken: string };
      logout(done: () => void): void;
    };
    const query = new URLSearchParams({
      id_token_hint: user?.idToken ?? '',
      post_logout_redirect_uri: `${baseUrl}/`,
    });
    logout.call(request, () => response.redirect(`${issuer}/session/end?${query}`));
  });
  // settings: end
  passport.serializeUser((user, done) => done(null, user));
  passport.deserializeUser((user, done) => done(null, user));
  app.get('/me', (request, response) => {
    const { user } = request as unknown as { user?: { profile: object } };
    response.json(user?.profile ?? { signedOut: true });
  });
  app.get('/', (_, response) => void response.json({ home: true }));
  return app;
}
