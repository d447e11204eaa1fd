import type { Adapter, Client, Configuration, KoaContextWithOIDC, ResponseType } from 'oidc-provider';
import type { Settings } from '../config.ts';
import type { Remote } from '../http/remote.ts';
import { OWN_CLIENT } from '../login/own-pages-request.ts';
import { ACRS } from '../relying-parties/acr-values.ts';
import { AUTH_METHODS } from '../relying-parties/metadata.ts';
import type { Registry } from '../relying-parties/registry.ts';
import { CLAIMS_OF_SCOPE, SCOPES } from '../relying-parties/scopes.ts';
import type { RedisEpoch } from '../storage/redis-epoch.ts';
import { CLOCK_TOLERANCE_SECONDS, createAssertionCheck } from './client-assertions.ts';
import { KEPT_SECONDS } from './client-keys.ts';
import { engineCookies } from './cookies.ts';
import { showError } from './errors.ts';
import { createInteractionPolicy } from './interaction-policy.ts';
import { interactionUrl } from './interaction-url.ts';
import { timesToLive } from './lifetimes.ts';
import { askSignOut, showSignedOut } from './logout.ts';
import type { RequestStates } from './request-state.ts';
import { Signer } from './signer.ts';
import type { SigningAlg, SigningJwk } from './signing-keys.ts';
import type { Standing } from './standing.ts';
import { expiresWithSession, issueRefreshToken, mayRevoke } from './tokens.ts';

export interface ConfigurationDependencies {
  readonly issuer: string;
  readonly cookieKey: Buffer;
  readonly lifetimes: Settings['lifetimes'];
  readonly keys: readonly SigningJwk[];
  /** The engine asks for keys (jwks_uri) and for nothing else. */
  readonly remote: Pick<Remote, 'get'>;
  readonly adapterFor: (model: string) => Adapter;
  readonly standing: Standing;
  readonly registry: Registry;
  readonly isDemo: boolean;
  /** In the sandbox a persona is picked; else everybody signs in. */
  readonly picksPersonas: boolean;
  /** Signed ones, by value and by reference. */
  readonly requestObjects: boolean;
  readonly algs: readonly SigningAlg[];
  readonly responseTypes: readonly ResponseType[];
  readonly states: RequestStates;
  readonly redisEpoch: RedisEpoch;
  readonly now: () => Date;
  readonly hooks: Required<
    Pick<Configuration, 'findAccount' | 'loadExistingGrant' | 'rotateRefreshToken' | 'pairwiseIdentifier'>
  > & {
    mayIntrospect: NonNullable<
      NonNullable<NonNullable<Configuration['features']>['introspection']>['allowedPolicy']
    >;
  };
}

export const ROUTES = {
  authorization: '/authorize',
  end_session: '/session/end',
  introspection: '/introspect',
  jwks: '/jwks',
  pushed_authorization_request: '/par',
  revocation: '/revoke',
  token: '/token',
  userinfo: '/userinfo',
};

export function createConfiguration(from: ConfigurationDependencies): Configuration {
  const { findAccount, loadExistingGrant, rotateRefreshToken, pairwiseIdentifier } = from.hooks;
  return {
    acrValues: [...ACRS],
    adapter: from.adapterFor,
    allowOmittingSingleRegisteredRedirectUri: false,
    acceptQueryParamAccessTokens: false,
    assertJwtClientAuthClaimsAndHeader: createAssertionCheck(from),
    claims: { ...CLAIMS_OF_SCOPE },
    clientAuthMethods: [...AUTH_METHODS],
    clientBasedCORS: isOwnOrigin,
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    conformIdTokenClaims: false,
    cookies: engineCookies(from),
    discovery: { registration_endpoint: `${from.issuer}/registration` },
    enabledJWA: enabledAlgs(from.algs),
    expiresWithSession,
    fetch: (url) => from.remote.get(String(url), { within: KEPT_SECONDS }),
    extraClientMetadata: { properties: ['publisher', 'require_pkce', 'claims_in_id_token'] },
    features: featuresOf(from),
    findAccount,
    interactions: interactionsOf(from),
    issueRefreshToken,
    jwks: { keys: from.keys.filter(({ alg }) => from.algs.includes(alg)).map((key) => new Signer(key)) },
    loadExistingGrant,
    pairwiseIdentifier,
    pkce: { required: (_, client) => client.require_pkce !== false },
    renderError: showError,
    responseTypes: [...from.responseTypes],
    rotateRefreshToken,
    routes: ROUTES,
    scopes: SCOPES,
    // The sector is a name of ours; fetching it would be a request to wherever a registration says (SSRF).
    sectorIdentifierUriValidate: () => false,
    subjectTypes: ['pairwise'],
    ttl: timesToLive(from.lifetimes, from),
  };
}

function enabledAlgs(algs: readonly SigningAlg[]): Configuration['enabledJWA'] {
  return {
    idTokenSigningAlgValues: [...algs],
    userinfoSigningAlgValues: [...algs],
    clientAuthSigningAlgValues: [...algs],
    introspectionSigningAlgValues: [...algs],
    requestObjectSigningAlgValues: [...algs],
    dPoPSigningAlgValues: [...algs],
  };
}

function interactionsOf(from: ConfigurationDependencies): Configuration['interactions'] {
  return {
    policy: createInteractionPolicy(from),
    url: (_, interaction) => interactionUrl(from, interaction),
  };
}

function featuresOf({ hooks, requestObjects }: ConfigurationDependencies): Configuration['features'] {
  return {
    backchannelLogout: { enabled: true },
    claimsParameter: { enabled: true },
    devInteractions: { enabled: false },
    dPoP: { enabled: true },
    // Of its interface the engine promises no more than one release: the version is named and checked at the start.
    externalSigningSupport: { enabled: true, ack: 'experimental-01' },
    introspection: { enabled: true, allowedPolicy: hooks.mayIntrospect },
    jwtIntrospection: { enabled: true },
    jwtUserinfo: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    requestObjects: { enabled: requestObjects },
    resourceIndicators: { enabled: false },
    revocation: { enabled: true, allowedPolicy: mayRevoke },
    rpInitiatedLogout: { enabled: true, logoutSource: askSignOut, postLogoutSuccessSource: showSignedOut },
    userinfo: { enabled: true },
  };
}

/** A browser application of a registered redirect's origin may call the token endpoint. */
function isOwnOrigin(_: KoaContextWithOIDC, origin: string, client: Client): boolean {
  if (client.clientId === OWN_CLIENT) return false;
  return (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin);
}
