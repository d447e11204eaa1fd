import { createHash } from 'node:crypto';
import { randomToken } from '../crypto/tokens.ts';

/** The internal client of Préau's own pages: signing in has one path, the engine's interaction. */
export const OWN_CLIENT = 'preau';
export const LANDING = '/signed-in';

/**
 * The authorization request that brings somebody to `to` signed in. Its code is never exchanged, so the verifier is
 * forgotten at once.
 */
export function ownAuthorization(given: {
  endpoint: string;
  issuer: string;
  /** A path of ours. */
  to: string;
  /** `two`: with a second factor, by a session that has one or by signing in once more. */
  credentials: 'any' | 'again' | 'two';
}): string {
  const challenge = createHash('sha256').update(randomToken()).digest('base64url');
  const query = new URLSearchParams({
    client_id: OWN_CLIENT,
    redirect_uri: `${given.issuer}${LANDING}`,
    response_type: 'code',
    scope: 'openid',
    state: given.to,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...(given.credentials === 'again' && { prompt: 'login' }),
    ...(given.credentials === 'two' && { claims: JSON.stringify(WITH_TWO_FACTORS) }),
  });
  return `${given.endpoint}?${query}`;
}

/** OpenID Connect Core §5.5.1.1: essential, so the engine asks again or refuses. */
const WITH_TWO_FACTORS = { id_token: { acr: { essential: true, value: 'urn:preau:acr:two' } } };
