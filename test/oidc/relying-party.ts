import * as oidc from 'openid-client';
import type { Registered } from '../../src/relying-parties/register-client.ts';
import type { Browser } from './browser.ts';

export type Tokens = Awaited<ReturnType<typeof oidc.authorizationCodeGrant>>;

/** A real relying party on openid-client. */
export class RelyingParty {
  readonly config: oidc.Configuration;
  readonly client: Registered;

  private constructor(config: oidc.Configuration, client: Registered) {
    this.config = config;
    this.client = client;
  }

  static async at(issuer: string, client: Registered): Promise<RelyingParty> {
    const method =
      client.token_endpoint_auth_method === 'none'
        ? oidc.None()
        : client.token_endpoint_auth_method === 'client_secret_post'
          ? oidc.ClientSecretPost(client.client_secret)
          : oidc.ClientSecretBasic(client.client_secret);
    const metadata = { id_token_signed_response_alg: client.id_token_signed_response_alg };
    const options = { execute: [oidc.allowInsecureRequests] };
    const config = await oidc.discovery(new URL(issuer), client.client_id, metadata, method, options);
    return new RelyingParty(config, client);
  }

  async authorizationUrl(parameters: Record<string, string> = {}): Promise<Asked> {
    const verifier = oidc.randomPKCECodeVerifier();
    const state = oidc.randomState();
    const nonce = oidc.randomNonce();
    const url = oidc.buildAuthorizationUrl(this.config, {
      redirect_uri: this.client.redirect_uris[0] ?? '',
      scope: 'openid profile email school',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...{ state, nonce },
      ...parameters,
    });
    return { url, verifier, state, nonce };
  }

  /** The whole way: authorization in the browser, then the code. */
  async signIn(browser: Browser, parameters: Record<string, string> = {}): Promise<Tokens> {
    const asked = await this.authorizationUrl(parameters);
    const { left, response } = await browser.open(asked.url);
    if (!left) throw new Error(`no answer: ${response.status} ${await response.text()}`);
    return this.exchange(left, asked);
  }

  exchange(callback: URL, { verifier, state, nonce }: Asked): Promise<Tokens> {
    const checks = {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    };
    return oidc.authorizationCodeGrant(this.config, callback, checks);
  }

  refresh(tokens: { refresh_token?: string }): Promise<Tokens> {
    return oidc.refreshTokenGrant(this.config, tokens.refresh_token ?? '');
  }

  userinfo(tokens: { access_token: string }): Promise<Record<string, unknown>> {
    return oidc.fetchUserInfo(this.config, tokens.access_token, oidc.skipSubjectCheck);
  }
}

export interface Asked {
  url: URL;
  verifier: string;
  state: string;
  nonce: string;
}
