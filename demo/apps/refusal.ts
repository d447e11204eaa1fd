import * as openid from 'openid-client';

/** Nobody answers, or asks to come back later. */
export type Unreachable = { outcome: 'unreachable' };
export type Refused = Unreachable | { outcome: 'refused'; error: string };

export function isUnauthorized(error: unknown): boolean {
  return error instanceof openid.WWWAuthenticateChallengeError && error.status === 401;
}

/** What went wrong, as a value; what is our own mistake is thrown on. */
export function refusal(error: unknown): Refused {
  if (error instanceof openid.AuthorizationResponseError) return protocolError(error.error);
  if (error instanceof openid.ResponseBodyError) {
    return error.status >= 500 ? { outcome: 'unreachable' } : protocolError(error.error);
  }
  if (error instanceof openid.WWWAuthenticateChallengeError) {
    return { outcome: 'refused', error: error.cause[0]?.parameters.error ?? 'invalid_token' };
  }
  if (isFetchFailure(error)) return { outcome: 'unreachable' };
  if (error instanceof openid.ClientError) return clientError(error);
  throw error;
}

/** What fetch throws when nobody answers; openid-client may have wrapped it. */
function isFetchFailure(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('message' in error && error.message === 'fetch failed') return true;
  return 'cause' in error && isFetchFailure(error.cause);
}

const NOBODY_ANSWERS = new Set(['OAUTH_TIMEOUT', 'OAUTH_ABORT']);

function clientError(error: openid.ClientError): Refused {
  if (error.code && NOBODY_ANSWERS.has(error.code)) return { outcome: 'unreachable' };
  if (error.cause instanceof Response && error.cause.status >= 500) return { outcome: 'unreachable' };
  return { outcome: 'refused', error: 'invalid_response' };
}

function protocolError(code: string): Refused {
  if (code === 'temporarily_unavailable' || code === 'server_error') return { outcome: 'unreachable' };
  return { outcome: 'refused', error: /^[a-z_]{1,60}$/.test(code) ? code : 'unknown_error' };
}
