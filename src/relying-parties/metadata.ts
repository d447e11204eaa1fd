import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import { isAcceptableUri, LOOPBACK } from './redirect-uri.ts';
import { isScope, SCOPES } from './scopes.ts';

export const ID_TOKEN_ALGS = ['RS256', 'ES256', 'EdDSA', 'PS256'] as const;
export const AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'none', 'private_key_jwt'] as const;
const GRANT_TYPES = ['authorization_code', 'refresh_token'] as const;

const redirectUri = z
  .string()
  .max(2000)
  .refine(isAcceptableUri, 'must be https, or http on loopback, without fragment');
// OpenID Connect Core §6.2: its fragment may name the version of what lies there.
const requestUri = z
  .string()
  .max(2000)
  .refine((uri) => isAcceptableUri(uri.replace(/#[\x21-\x7e]*$/, '')), 'must be https, or http on loopback');
// A space or a NUL the parser would mend, and PostgreSQL keeps no NUL.
const VISIBLE = /^[^\p{C}\s]*$/u;
const seen = 'must have no spaces or invisible characters';
const webPage = z
  .url({ protocol: /^https?$/ })
  .max(2000)
  .regex(VISIBLE, seen)
  // Whoever approves it, or signs in beside it, reads it: with a name before the host it would seem to lead elsewhere.
  .refine((page) => /^https?:\/\/[^/?#@\\]+([/?#]|$)/i.test(page), 'must name its host alone');
const part = z.string().min(1).max(4000).regex(VISIBLE, seen).optional();
// RFC 7517 §4 and RFC 7518 §6: what else a key may carry is left out.
const keyParts = z.object({
  kty: z.enum(['RSA', 'EC', 'OKP']),
  ...{ crv: part, x: part, y: part, n: part, e: part, kid: part, use: part, alg: part },
});
const publicJwk = z
  .looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']) })
  .refine((jwk) => !['d', 'p', 'q', 'k', 'priv'].some((part) => part in jwk), 'must be a public key')
  .refine(isWholeKey, 'must be a whole key')
  .pipe(keyParts);
const scope = z
  .string()
  .refine((text) => text.split(' ').every(isScope), `must be some of ${SCOPES.join(' ')}`)
  .refine((text) => text.split(' ').includes('openid'), 'must name openid');

/** Client metadata by RFC 7591 §2 and OpenID Connect Registration §2; what is unknown is left out. */
const fields = z.object({
  client_name: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .regex(/^\P{C}*$/u, 'must have no invisible characters'),
  redirect_uris: z.array(redirectUri).min(1).max(50),
  post_logout_redirect_uris: z.array(redirectUri).max(50).default([]),
  // OpenID Connect Back-Channel Logout §2.2
  backchannel_logout_uri: redirectUri.optional(),
  backchannel_logout_session_required: z.boolean().optional(),
  token_endpoint_auth_method: z.enum(AUTH_METHODS).default('client_secret_basic'),
  token_endpoint_auth_signing_alg: z.enum(ID_TOKEN_ALGS).optional(),
  grant_types: z
    .array(z.enum(GRANT_TYPES))
    .refine((types) => types.includes('authorization_code'), 'must name authorization_code')
    .default([...GRANT_TYPES]),
  response_types: z.tuple([z.literal('code')]).default(['code']),
  application_type: z.enum(['web', 'native']).default('web'),
  scope: scope.default(SCOPES.join(' ')),
  // OpenID Connect Registration §2: RS256 where a registration states nothing.
  id_token_signed_response_alg: z.enum(ID_TOKEN_ALGS).default('RS256'),
  userinfo_signed_response_alg: z.enum(ID_TOKEN_ALGS).optional(),
  introspection_signed_response_alg: z.enum(ID_TOKEN_ALGS).optional(),
  // RFC 9449 §5.2: every access token of this client is bound to a key it proves.
  dpop_bound_access_tokens: z.boolean().optional(),
  jwks: z.object({ keys: z.array(publicJwk).min(1).max(20) }).optional(),
  // What is asked of loopback is the instance's to decide (http/remote.ts): production asks nothing there.
  jwks_uri: redirectUri.optional(),
  // OpenID Connect Core §6.2 and Registration §2: asked where the instance takes request objects.
  request_object_signing_alg: z.enum(ID_TOKEN_ALGS).optional(),
  request_uris: z.array(requestUri).max(20).optional(),
  client_uri: webPage.optional(),
  logo_uri: webPage.optional(),
  policy_uri: webPage.optional(),
  tos_uri: webPage.optional(),
  contacts: z.array(z.email().max(320)).max(10).optional(),
  default_max_age: z.int().nonnegative().optional(),
  require_auth_time: z.boolean().optional(),
  require_pushed_authorization_requests: z.boolean().optional(),
  // Ours: a confidential client that cannot do PKCE, and one that reads nothing but its ID token.
  require_pkce: z.boolean().default(true),
  claims_in_id_token: z.boolean().default(false),
});

// What a Dynamic OP must speak (OpenID Connect Core §15.2), and Préau does in its conformance profile alone.
export const RESPONSE_TYPES = ['code', 'id_token', 'id_token token'] as const;
const implicitFields = fields.extend({
  grant_types: z.array(z.enum([...GRANT_TYPES, 'implicit'])).default([...GRANT_TYPES]),
  response_types: z.array(z.enum(RESPONSE_TYPES)).min(1).default(['code']),
});

export type Metadata = z.output<typeof implicitFields>;

/** What a registration may say. */
export const metadataSchema = asEngineTakes(checked(fields));

const keptSchema = checked(implicitFields).refine(
  ({ grant_types: grants, response_types: types }) =>
    grants.includes('authorization_code') === types.includes('code') &&
    grants.includes('implicit') === types.some((type) => type !== 'code'),
  'grant_types and response_types must fit each other',
);

/** In the conformance profile. */
export const implicitMetadataSchema = asEngineTakes(keptSchema);

/** Whatever was kept, also before a rule was made. */
export const keptMetadataSchema = keptSchema;

function checked<Schema extends z.ZodType<Metadata>>(schema: Schema): Schema {
  return schema
    .refine((given) => given.require_pkce || isConfidential(given), 'a public client cannot go without PKCE')
    .refine(
      (given) => given.token_endpoint_auth_method !== 'private_key_jwt' || given.jwks || given.jwks_uri,
      { message: 'private_key_jwt needs jwks or jwks_uri', path: ['jwks'] },
    )
    .refine(
      (given) =>
        given.token_endpoint_auth_method === 'private_key_jwt' || !given.token_endpoint_auth_signing_alg,
      'token_endpoint_auth_signing_alg is for private_key_jwt',
    )
    .refine((given) => !(given.jwks && given.jwks_uri), 'jwks and jwks_uri exclude each other');
}

/** What the engine refuses would be registered and shut out at once. */
function asEngineTakes<Schema extends z.ZodType<Metadata>>(schema: Schema): Schema {
  return schema
    .refine((given) => !given.request_object_signing_alg || given.jwks || given.jwks_uri, {
      message: 'request_object_signing_alg needs jwks or jwks_uri',
      path: ['jwks'],
    })
    .refine(
      (given) => !given.dpop_bound_access_tokens || !given.response_types.includes('id_token token'),
      'a bound access token is given by the token endpoint alone',
    )
    .superRefine((given, context) => {
      for (const path of ['redirect_uris', 'post_logout_redirect_uris'] as const)
        for (const uri of given[path]) {
          const message = problemOfRedirect(uri, given);
          if (message) context.addIssue({ code: 'custom', message, path: [path] });
        }
    });
}

function problemOfRedirect(uri: string, given: Metadata): string | undefined {
  const url = URL.parse(uri);
  if (!url) return undefined;
  // RFC 8252 §7.2: https on a device is a claimed name, which loopback is nobody's.
  if (given.application_type === 'native')
    return url.protocol === 'https:' && LOOPBACK.has(url.hostname)
      ? 'https on loopback is no address of a native application'
      : undefined;
  // OpenID Connect Registration §2
  return given.grant_types.includes('implicit') && (url.protocol !== 'https:' || url.hostname === 'localhost')
    ? 'the implicit flow of a web application answers over https alone, and never to localhost'
    : undefined;
}

const lettersAndDigits = /^[A-Za-z0-9]+$/;
const LONGEST_CLIENT_ID = 128;

/** What a registration may bring along: an id and a secret of its own, of letters and digits only. */
export const credentialsSchema = z.object({
  client_id: z
    .string()
    .max(LONGEST_CLIENT_ID)
    .regex(lettersAndDigits, 'must be letters and digits')
    .optional(),
  client_secret: z.string().min(16).max(256).regex(lettersAndDigits, 'must be letters and digits').optional(),
});

/** Whether anybody can be registered under it. */
export function isClientId(text: string): boolean {
  return text.length <= LONGEST_CLIENT_ID && lettersAndDigits.test(text);
}

export function isConfidential(given: Pick<Metadata, 'token_endpoint_auth_method'>): boolean {
  return given.token_endpoint_auth_method !== 'none';
}

export function usesSecret(given: Pick<Metadata, 'token_endpoint_auth_method'>): boolean {
  return /^client_secret_/.test(given.token_endpoint_auth_method);
}

function isWholeKey(jwk: Record<string, unknown>): boolean {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' }).type === 'public';
  } catch {
    return false;
  }
}
