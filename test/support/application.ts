import { createHash, randomBytes } from 'node:crypto';
import type { Registered } from '../../src/relying-parties/register-client.ts';
import type { Answer, Visitor } from './visitor.ts';

export interface Tokens {
  access_token: string;
  refresh_token: string;
  id_token: string;
}

/** A relying party that shows every status as it is: what openid-client makes of an answer is oidc/'s own test. */
export class Application {
  readonly issuer: string;
  readonly client: Registered;
  readonly #process: string;
  readonly #verifier: string;

  constructor(
    issuer: string,
    client: Registered,
    { process = issuer, verifier = randomBytes(32).toString('base64url') } = {},
  ) {
    this.issuer = issuer;
    this.client = client;
    this.#process = process;
    this.#verifier = verifier;
  }

  /** The same application, whose requests another process answers. */
  through(process: string): Application {
    return new Application(this.issuer, this.client, { process, verifier: this.#verifier });
  }

  authorizationUrl(parameters: Record<string, string> = {}): string {
    const challenge = createHash('sha256').update(this.#verifier).digest('base64url');
    const query = new URLSearchParams({
      client_id: this.client.client_id,
      redirect_uri: this.client.redirect_uris[0] ?? '',
      response_type: 'code',
      scope: 'openid profile school',
      state: 'a-state',
      ...{ code_challenge: challenge, code_challenge_method: 'S256', ...parameters },
    });
    return `/authorize?${query}`;
  }

  /** A code for whoever is signed in, past the page of a first visit; else the error. */
  async ask(visitor: Visitor): Promise<{ code?: string; error?: string; status: number }> {
    return outcomeOf(await visitor.open(this.authorizationUrl()));
  }

  /** The same silently: to whoever was never told what it receives, the answer is `interaction_required`. */
  async askSilently(visitor: Visitor): Promise<{ code?: string; error?: string; status: number }> {
    return outcomeOf(await visitor.open(this.authorizationUrl({ prompt: 'none' })));
  }

  async exchange(code: string): Promise<Response> {
    return this.post('/token', this.exchangeForm(code));
  }

  exchangeForm(code: string): Record<string, string> {
    const redirect_uri = this.client.redirect_uris[0] ?? '';
    return { grant_type: 'authorization_code', code, redirect_uri, code_verifier: this.#verifier };
  }

  refresh({ refresh_token }: Tokens): Promise<Response> {
    return this.post('/token', { grant_type: 'refresh_token', refresh_token });
  }

  introspect({ access_token }: Tokens): Promise<Response> {
    return this.post('/introspect', { token: access_token });
  }

  userinfo({ access_token }: Tokens): Promise<Response> {
    return fetch(`${this.#process}/userinfo`, { headers: { authorization: `Bearer ${access_token}` } });
  }

  async post(path: string, form: Record<string, string>): Promise<Response> {
    const { client_id, client_secret } = this.client;
    const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
    const body = new URLSearchParams(form);
    return fetch(`${this.#process}${path}`, { method: 'POST', headers: { authorization }, body });
  }
}

export function outcomeOf({ left, status }: Answer): { code?: string; error?: string; status: number } {
  const [code, error] = [left?.searchParams.get('code'), left?.searchParams.get('error')];
  return { status, ...(code && { code }), ...(error && { error }) };
}
