import { createHash, randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { fieldsOf } from '../../src/ledger/fields.ts';
import { kindOf } from '../../src/ledger/kinds.ts';
import { selectClientsVersion } from '../../src/relying-parties/store.ts';
import type { Browser } from './browser.ts';
import { Aliases, type Drawn, type Somebody } from './contracts-oracle.ts';
import type { TestDoor } from './door-harness.ts';

interface By {
  readonly browser: Browser;
  readonly who: Somebody;
}

interface Asked {
  scope: string;
  idToken: object;
  userinfo: object;
}

export interface Tokens {
  idToken: Record<string, unknown>;
  accessToken: string;
  refreshToken: string;
}

export interface Line {
  person: number;
  kind: string;
  fields: string[];
}

/** Signed in once, and from then on silently: a persona by the button of a sandbox client alone. */
export function createBrowsers(test: TestDoor) {
  const known = new Map<string, Browser>();
  return (who: Somebody, acr: string): Browser => {
    const name = `${who.id} ${acr}`;
    const browser = known.get(name) ?? test.browser();
    if (!who.isPersona) browser.person = name;
    known.set(name, browser);
    return browser;
  };
}

export type OidcClient = Awaited<ReturnType<typeof createOidcClient>>;

/** A client whose contract is another at each turn, and which asks as quickly as it can. Undefined: it was refused. */
export async function createOidcClient(test: TestDoor, claimsInIdToken: boolean) {
  const client = await test.register({
    ...{ claims_in_id_token: claimsInIdToken, id_token_signed_response_alg: 'ES256' },
  });
  const { client_id: clientId, client_secret: secret, redirect_uris } = client;
  const authorization = `Basic ${btoa(`${clientId}:${secret}`)}`;
  const post = (path: string, form: Record<string, string>) =>
    fetch(test.issuer + path, {
      ...{ method: 'POST', headers: { authorization }, body: new URLSearchParams(form) },
    });
  const tokensFor = async (form: Record<string, string>): Promise<Tokens | undefined> => {
    const answer = await post('/token', form);
    if (!answer.ok) return undefined;
    const { id_token, access_token, refresh_token } = (await answer.json()) as Record<string, string>;
    return {
      idToken: decodeJwt(id_token ?? ''),
      ...{ accessToken: access_token ?? '', refreshToken: refresh_token ?? '' },
    };
  };
  return {
    aliases: new Aliases(),
    claimsInIdToken,
    under: (contract: Drawn) => setContract(test, clientId, contract),
    newLines: createLedgerReader(test, clientId),

    /** As the token endpoint takes it. */
    async authorize(by: By, asked: Asked): Promise<Record<string, string> | undefined> {
      const redirect_uri = redirect_uris[0] ?? '';
      const code_verifier = randomBytes(32).toString('base64url');
      const code = await codeFor(by, parametersOf({ clientId, redirect_uri, code_verifier }, asked));
      return code ? { grant_type: 'authorization_code', code, redirect_uri, code_verifier } : undefined;
    },
    exchange: tokensFor,
    refresh: ({ refreshToken: refresh_token }: Tokens) =>
      tokensFor({ grant_type: 'refresh_token', refresh_token }),

    async userinfo({ accessToken }: Tokens): Promise<Record<string, unknown> | undefined> {
      const headers = { authorization: `Bearer ${accessToken}` };
      const said = await fetch(`${test.issuer}/userinfo`, { headers });
      return said.ok ? ((await said.json()) as Record<string, unknown>) : undefined;
    },

    async introspect({ accessToken: token }: Tokens): Promise<Record<string, unknown> | undefined> {
      const answer = await post('/introspect', { token });
      const told = (await answer.json()) as Record<string, unknown>;
      return answer.ok && told.active ? told : undefined;
    },
  };
}

async function setContract({ stores, door }: TestDoor, clientId: string, contract: Drawn): Promise<void> {
  const { claims, openTo: open_to, minimum: minimum_acr, state } = contract;
  const named = Object.fromEntries(
    Object.entries(claims).map(([profile, list]) => [
      profile,
      Object.fromEntries(list.map((one) => [one, null])),
    ]),
  );
  const terms = JSON.stringify({ claims: named, open_to, minimum_acr });
  await stores.db.updateTable('contracts').set({ terms, state }).where('client_id', '=', clientId).execute();
  // Which page a stranger is sent to is read from memory: a moment late is no fault.
  await door.registry.upTo(await selectClientsVersion(stores.db));
}

/** What was written down since the last look. */
function createLedgerReader(test: TestDoor, clientId: string): () => Promise<Line[]> {
  let seen = 0;
  return async () => {
    const { rows } = await test.stores.pool.query(
      `select d.person, d.kind, d.fields, d.batch from disclosures d join disclosure_contexts c on c.id = d.context
       where c.client_id = $1 and d.batch > $2 order by d.batch, d.ordinal`,
      [clientId, seen],
    );
    seen = Number(rows.at(-1)?.batch ?? seen);
    return rows.map(({ person, kind, fields }) => ({
      ...{ person, kind: kindOf(kind), fields: fieldsOf(Number(fields)).sort() },
    }));
  };
}

function parametersOf(
  by: { clientId: string; redirect_uri: string; code_verifier: string },
  { scope, idToken, userinfo }: Asked,
): URLSearchParams {
  const { clientId: client_id, redirect_uri, code_verifier } = by;
  const code_challenge = createHash('sha256').update(code_verifier).digest('base64url');
  return new URLSearchParams({
    ...{ client_id, redirect_uri, response_type: 'code', scope, state: 'a-state' },
    ...{ claims: JSON.stringify({ id_token: idToken, userinfo }) },
    ...{ code_challenge, code_challenge_method: 'S256' },
  });
}

async function codeFor({ browser, who }: By, query: URLSearchParams): Promise<string | undefined> {
  const { left, response } = await browser.open(`/authorize?${query}`);
  if (left || !response.url.endsWith('/persona')) return left?.searchParams.get('code') ?? undefined;
  // Whoever is no persona finds no button that bears their id.
  const csrf = /name="csrf" value="([^"]*)"/.exec(await response.text())?.[1] ?? '';
  const picked = await browser.follow(await browser.post(response.url, { csrf, persona: who.id }));
  return picked.left?.searchParams.get('code') ?? undefined;
}
