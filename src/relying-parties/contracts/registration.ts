import type { Metadata } from '../metadata.ts';
import type { Publisher, RelyingParty } from '../relying-party.ts';
import type { Terms } from './terms.ts';

export type WeakerSetting = 'no_pkce' | 'claims_in_id_token';

/** What is approved with the terms: whose application it is, every address of it, and how it proves itself. */
export interface Registration {
  publisher: Publisher;
  /** The terms bear a name that their publisher gave itself, and was not registered under. */
  declared_name_differs: boolean;
  client_name: string;
  client_uri: string | null;
  redirect_uris: readonly string[];
  post_logout_redirect_uris: readonly string[];
  backchannel_logout_uri: string | null;
  jwks_uri: string | null;
  jwks: Metadata['jwks'] | null;
  request_uris: readonly string[];
  logo_uri: string | null;
  policy_uri: string | null;
  tos_uri: string | null;
  token_endpoint_auth_method: Metadata['token_endpoint_auth_method'];
  weaker_settings: WeakerSetting[];
}

export function registrationOf({ publisher, metadata }: RelyingParty, { publisher: declared }: Terms) {
  const { client_name, redirect_uris, post_logout_redirect_uris, token_endpoint_auth_method } = metadata;
  const { client_uri = null, backchannel_logout_uri = null, jwks_uri = null, jwks = null } = metadata;
  const { request_uris = [], logo_uri = null, policy_uri = null, tos_uri = null } = metadata;
  return {
    publisher,
    declared_name_differs: declared !== null && declared.legal_name !== publisher.name,
    ...{ client_name, client_uri, redirect_uris, post_logout_redirect_uris },
    ...{ backchannel_logout_uri, jwks_uri, jwks, request_uris, token_endpoint_auth_method },
    ...{ logo_uri, policy_uri, tos_uri },
    weaker_settings: weakerSettingsOf(metadata),
  } satisfies Registration;
}

export function weakerSettingsOf(metadata: Metadata): WeakerSetting[] {
  return [
    ...(metadata.require_pkce ? [] : (['no_pkce'] as const)),
    ...(metadata.claims_in_id_token ? (['claims_in_id_token'] as const) : []),
  ];
}
