import type { Browser } from '../oidc/browser.ts';
import { openTestDoor, type TestDoor } from '../oidc/door-harness.ts';
import { aPerson, type Person } from '../oidc/people.ts';
import { type Asked, RelyingParty, type Tokens } from '../oidc/relying-party.ts';

/** As the OpenID Foundation's suite sets itself up: clients without PKCE, one person who signs in with a password. */
export interface Suite {
  readonly test: TestDoor;
  readonly person: Person;
  client(metadata?: object): Promise<RelyingParty>;
  /** A browser in which the person signs in wherever they are asked. */
  browser(): Browser;
  /** The authorization and its answer. `undefined` leaves a parameter out. */
  authorize(rp: RelyingParty, browser: Browser, changes?: Changes): Promise<Answered>;
  tokens(rp: RelyingParty, answered: Answered, form?: Record<string, string>): Promise<TokenAnswer>;
  stop(): Promise<void>;
}

export type Changes = Record<string, string | undefined>;

export interface Answered {
  readonly asked: Asked;
  readonly left: URL | undefined;
  readonly response: Response;
}

export interface TokenAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Tokens & Record<string, unknown>;
}

export async function openSuite(): Promise<Suite> {
  const test = await openTestDoor({ remote: { allowsLoopback: true } });
  const person = await aPerson(test);
  return {
    test,
    person,
    async client(metadata = {}) {
      const registered = await test.register({ require_pkce: false, ...metadata });
      return RelyingParty.at(test.issuer, registered);
    },
    browser() {
      const browser = test.browser();
      browser.person = `${person.id} one`;
      return browser;
    },
    async authorize(rp, browser, changes = {}) {
      const asked = await rp.authorizationUrl();
      for (const name of ['code_challenge', 'code_challenge_method']) asked.url.searchParams.delete(name);
      for (const [name, value] of Object.entries(changes)) {
        if (value === undefined) asked.url.searchParams.delete(name);
        else asked.url.searchParams.set(name, value);
      }
      const { left, response } = await browser.open(asked.url);
      if (changes.response_mode !== 'form_post' || left) return { asked, left, response };
      const page = await response.clone().text();
      return { asked, left: postedBy(page), response };
    },
    async tokens({ client }, { left }, form = {}) {
      const { client_id, client_secret = '' } = client;
      const usesBody = client.token_endpoint_auth_method === 'client_secret_post';
      const basic = Buffer.from(`${client_id}:${client_secret}`).toString('base64');
      const response = await fetch(`${test.issuer}/token`, {
        method: 'POST',
        headers: usesBody ? {} : { authorization: `Basic ${basic}` },
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code: left?.searchParams.get('code') ?? '',
          redirect_uri: client.redirect_uris[0] ?? '',
          ...(usesBody && { client_id, client_secret }),
          ...form,
        }),
      });
      return { status: response.status, headers: response.headers, body: (await response.json()) as never };
    },
    stop: () => test.stop(),
  };
}

/** OAuth 2.0 Form Post Response Mode §2: what its page would post, as if it had come in a query. */
export function postedBy(page: string): URL | undefined {
  const [, action] = /<form method="post" action="([^"]+)"/.exec(page) ?? [];
  if (!action?.startsWith('http')) return undefined;
  const url = new URL(action);
  for (const [, name = '', value = ''] of page.matchAll(/name="(\w+)" value="([^"]*)"/g))
    url.searchParams.set(name, value.replaceAll('&amp;', '&').replaceAll('&#x2F;', '/'));
  return url;
}
