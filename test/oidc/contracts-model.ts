import { createHash, randomBytes } from 'node:crypto';
import type { Terms } from '../../src/relying-parties/contracts/terms.ts';
import { selectClientsVersion } from '../../src/relying-parties/store.ts';
import type { ContractState } from '../../src/storage/schema.ts';
import type { Browser } from './browser.ts';
import type { TestDoor } from './door-harness.ts';
import type { Person } from './people.ts';

export interface Exchanged {
  idToken: string;
  userinfo: Record<string, unknown>;
}

interface Asked {
  scope: string;
  idToken: object;
  userinfo: object;
}

/** Signed in once, and from then on silently; `persona` by the button of a sandbox client. */
export function createBrowsers(test: TestDoor) {
  const known = new Map<string, Browser>();
  return (person: Person, acr: string): Browser => {
    const name = `${person.id} ${acr}`;
    const browser = known.get(name) ?? test.browser();
    if (!known.has(name)) browser.person = name;
    known.set(name, browser);
    return browser;
  };
}

/** A client whose contract is another at each turn, and which asks as quickly as it can. */
export async function createOidcClient(test: TestDoor, claimsInIdToken: boolean) {
  const client = await test.register({
    ...{ claims_in_id_token: claimsInIdToken, id_token_signed_response_alg: 'ES256' },
  });
  const clientId = client.client_id;
  const authorization = `Basic ${btoa(`${clientId}:${client.client_secret}`)}`;
  let seen = 0;
  return {
    async under(terms: Terms, state: ContractState): Promise<void> {
      await test.stores.db
        .updateTable('contracts')
        .set({ terms: JSON.stringify(terms), state })
        .where('client_id', '=', clientId)
        .execute();
      // Which page a stranger is sent to is read from memory: a moment late is no fault.
      await test.door.registry.upTo(await selectClientsVersion(test.stores.db));
    },

    /** The masks of the lines about one person since the last look. */
    async linesAbout(person: number): Promise<number[]> {
      const { rows } = await test.stores.pool.query(
        `select d.person, d.fields, d.batch from disclosures d join disclosure_contexts c on c.id = d.context
         where c.client_id = $1 and d.batch > $2 order by d.batch, d.ordinal`,
        [clientId, seen],
      );
      seen = Number(rows.at(-1)?.batch ?? seen);
      return rows.filter((row) => row.person === person).map(({ fields }) => Number(fields));
    },

    /** Undefined: somewhere on the way it was refused. */
    async exchange(browser: Browser, asked: Asked): Promise<Exchanged | undefined> {
      const verifier = randomBytes(32).toString('base64url');
      const code = await codeFor(browser, { asked, verifier });
      if (!code) return undefined;
      const redirect_uri = client.redirect_uris[0] ?? '';
      const grant = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier };
      const body = new URLSearchParams(grant);
      const answer = await fetch(`${test.issuer}/token`, {
        method: 'POST',
        headers: { authorization },
        body,
      });
      if (!answer.ok) return undefined;
      const tokens = (await answer.json()) as { id_token: string; access_token: string };
      const headers = { authorization: `Bearer ${tokens.access_token}` };
      const said = await fetch(`${test.issuer}/userinfo`, { headers });
      return { idToken: tokens.id_token, userinfo: (await said.json()) as Record<string, unknown> };
    },
  };

  async function codeFor(
    browser: Browser,
    { asked, verifier }: { asked: Asked; verifier: string },
  ): Promise<string | undefined> {
    const query = new URLSearchParams({
      ...{ client_id: clientId, redirect_uri: client.redirect_uris[0] ?? '', response_type: 'code' },
      ...{
        scope: asked.scope,
        claims: JSON.stringify({ id_token: asked.idToken, userinfo: asked.userinfo }),
      },
      ...{ code_challenge: createHash('sha256').update(verifier).digest('base64url') },
      ...{ code_challenge_method: 'S256', state: 'a-state' },
    });
    // A persona is sent from step to step elsewhere: the sign-in of this test believes whatever its header says.
    const opened = await browser.open(`/authorize?${query}`).catch(() => undefined);
    if (!opened) return undefined;
    const { left, response } = opened;
    if (!left && response.url.endsWith('/persona')) return codeAsPersona(browser, response);
    return left?.searchParams.get('code') ?? undefined;
  }

  /** Whoever is no persona finds no button that bears their id. */
  async function codeAsPersona(browser: Browser, page: Response): Promise<string | undefined> {
    const text = await page.text();
    const [id = ''] = browser.person.split(' ');
    const csrf = /name="csrf" value="([^"]*)"/.exec(text)?.[1] ?? '';
    const { left } = await browser.follow(await browser.post(page.url, { csrf, persona: id }));
    return left?.searchParams.get('code') ?? undefined;
  }
}
