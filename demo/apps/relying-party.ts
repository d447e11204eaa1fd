import * as openid from 'openid-client';
import { isUnauthorized, type Refused, refusal, type Unreachable } from './refusal.ts';

export interface Registration {
  issuer: string;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
  postLogoutRedirectUri: string;
}

/** What must come back with the answer: the browser holds none of it. */
export interface Attempt {
  state: string;
  nonce: string;
  verifier: string;
}

export type Claims = Readonly<Record<string, unknown>>;

export interface Holder {
  idToken: string;
  accessToken: string;
  refreshToken: string | undefined;
  claims: Claims;
}

export type { Refused };

type Begun = { outcome: 'begun'; address: string; attempt: Attempt };
type Completed = { outcome: 'signed-in'; holder: Holder } | Refused;
export type Rechecked = { outcome: 'current'; holder: Holder } | { outcome: 'ended' } | Unreachable;

export interface RelyingParty {
  begin(locale: string): Promise<Begun | Unreachable>;
  complete(answer: URL, attempt: Attempt): Promise<Completed>;
  /** Asks Préau again: a session that was ended there ends here at the next page. */
  recheck(holder: Holder): Promise<Rechecked>;
  farewell(holder: Holder, state: string): Promise<{ outcome: 'ready'; address: string } | Unreachable>;
}

const SCOPE = 'openid profile school';
const TIMEOUT_SECONDS = 5;

export function createRelyingParty(registration: Registration): RelyingParty {
  const discover = discoverOnce(registration);
  const { redirectUri, postLogoutRedirectUri } = registration;
  const reached = async <T>(
    act: (config: openid.Configuration) => Promise<T> | T,
  ): Promise<T | Unreachable> => {
    const config = await discover();
    return config ? act(config) : { outcome: 'unreachable' };
  };
  return {
    begin: (locale) => reached((config) => begin(config, { redirectUri, locale })),
    complete: (answer, attempt) => reached((config) => complete(config, answer, attempt)),
    recheck: (holder) => reached((config) => recheck(config, holder)),
    farewell: (holder, state) =>
      reached((config) => {
        const address = openid.buildEndSessionUrl(config, {
          id_token_hint: holder.idToken,
          post_logout_redirect_uri: postLogoutRedirectUri,
          state,
        });
        return { outcome: 'ready', address: address.href };
      }),
  };
}

async function begin(
  config: openid.Configuration,
  { redirectUri, locale }: { redirectUri: string; locale: string },
): Promise<Begun> {
  const attempt = newAttempt();
  const address = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: SCOPE,
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await openid.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: 'S256',
    ui_locales: locale,
  });
  return { outcome: 'begun', address: address.href, attempt };
}

async function complete(config: openid.Configuration, answer: URL, attempt: Attempt): Promise<Completed> {
  try {
    return { outcome: 'signed-in', holder: await redeem(config, answer, attempt) };
  } catch (error) {
    return refusal(error);
  }
}

async function recheck(config: openid.Configuration, holder: Holder): Promise<Rechecked> {
  try {
    return { outcome: 'current', holder: await askAgain(config, holder) };
  } catch (error) {
    return refusal(error).outcome === 'unreachable' ? { outcome: 'unreachable' } : { outcome: 'ended' };
  }
}

/** Préau may start after this application: the first success is kept, a failure is tried again at the next visit. */
function discoverOnce(registration: Registration): () => Promise<openid.Configuration | undefined> {
  const { issuer, clientId, clientSecret } = registration;
  let found: openid.Configuration | undefined;
  const isHttp = new URL(issuer).protocol === 'http:';
  return async () => {
    try {
      found ??= await openid.discovery(
        new URL(issuer),
        clientId,
        { client_secret: clientSecret },
        openid.ClientSecretBasic(clientSecret),
        // The demo's issuer is http on loopback and nothing else.
        { timeout: TIMEOUT_SECONDS, execute: isHttp ? [openid.allowInsecureRequests] : [] },
      );
      return found;
    } catch (error) {
      if (refusal(error).outcome === 'unreachable') return undefined;
      throw error;
    }
  };
}

function newAttempt(): Attempt {
  return {
    state: openid.randomState(),
    nonce: openid.randomNonce(),
    verifier: openid.randomPKCECodeVerifier(),
  };
}

/** openid-client checks state, nonce, PKCE, the signature, aud, exp, and `iss` in the answer (RFC 9207). */
async function redeem(config: openid.Configuration, answer: URL, attempt: Attempt): Promise<Holder> {
  const tokens = await openid.authorizationCodeGrant(config, answer, {
    expectedState: attempt.state,
    expectedNonce: attempt.nonce,
    pkceCodeVerifier: attempt.verifier,
    idTokenExpected: true,
  });
  const idClaims = tokens.claims();
  if (!idClaims || !tokens.id_token) throw new Error('an ID token was expected');
  const userinfo = await openid.fetchUserInfo(config, tokens.access_token, idClaims.sub);
  return {
    idToken: tokens.id_token,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    claims: { ...ofThisSignIn(idClaims), ...userinfo },
  };
}

async function askAgain(config: openid.Configuration, holder: Holder): Promise<Holder> {
  const subject = String(holder.claims.sub);
  try {
    const userinfo = await openid.fetchUserInfo(config, holder.accessToken, subject);
    return { ...holder, claims: { ...ofThisSignIn(holder.claims), ...userinfo } };
  } catch (error) {
    if (!isUnauthorized(error) || !holder.refreshToken) throw error;
    const tokens = await openid.refreshTokenGrant(config, holder.refreshToken);
    const userinfo = await openid.fetchUserInfo(config, tokens.access_token, subject);
    return {
      idToken: tokens.id_token ?? holder.idToken,
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token ?? holder.refreshToken,
      claims: { ...ofThisSignIn(holder.claims), ...userinfo },
    };
  }
}

/** How she signed in stands in the ID token, who she is in userinfo. */
function ofThisSignIn(claims: Claims): Claims {
  const { acr, amr, auth_time } = claims;
  return {
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr }),
    ...(auth_time === undefined ? {} : { auth_time }),
  };
}
