import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROUNDS } from '../support/amount.ts';
import type { Browser } from './browser.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson, type Person } from './people.ts';
import { RelyingParty, type Tokens } from './relying-party.ts';

let test: TestDoor;
let lina: Person;

beforeAll(async () => {
  test = await openTestDoor();
  lina = await aPerson(test);
}, 60_000);
afterAll(() => test.stop());

async function signedIn(rp: RelyingParty): Promise<{ browser: Browser; tokens: Tokens }> {
  const browser = test.browser();
  browser.person = `${lina.id} one`;
  return { browser, tokens: await rp.signIn(browser) };
}

const aRelyingParty = async () => RelyingParty.at(test.issuer, await test.register());

/** As the token endpoint takes it. */
async function aCode(rp: RelyingParty, browser: Browser): Promise<Record<string, string>> {
  const { url, verifier } = await rp.authorizationUrl();
  const { left } = await browser.open(url);
  const code = left?.searchParams.get('code') ?? '';
  const redirect_uri = rp.client.redirect_uris[0] ?? '';
  return { grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier };
}

/** Without openid-client, which insists that the answer came from the issuer it asks. */
async function exchange({ config, client }: RelyingParty, form: Record<string, string>): Promise<Tokens> {
  const { token_endpoint = '' } = config.serverMetadata();
  const secret = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64');
  const headers = { authorization: `Basic ${secret}` };
  const response = await fetch(token_endpoint, { method: 'POST', headers, body: new URLSearchParams(form) });
  if (response.status !== 200) throw await response.json();
  return (await response.json()) as Tokens;
}

async function count(attempts: Promise<unknown>[]): Promise<{ won: unknown[]; lost: string[] }> {
  const settled = await Promise.allSettled(attempts);
  return {
    won: settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    lost: settled.flatMap((one) => (one.status === 'rejected' ? [String(one.reason.error)] : [])),
  };
}

describe('20 at once', () => {
  it.each([
    ['where it was made', 1],
    ['through two processes', 2],
  ])('exchange one code %s: one gets tokens, and they are dead', async (_, processes) => {
    const rp = await aRelyingParty();
    const elsewhere = await openTestDoor({ stores: test.stores });
    const through = [rp, await RelyingParty.at(elsewhere.issuer, rp.client)].slice(0, processes);
    const { browser } = await signedIn(rp);
    let winners = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const form = await aCode(rp, browser);
      const attempts = Array.from({ length: 20 }, (_, n) => exchange(through[n % processes] ?? rp, form));
      const { won, lost } = await count(attempts);
      expect(won.length).toBeLessThanOrEqual(1);
      winners += won.length;
      expect(new Set(lost)).toEqual(new Set(['invalid_grant']));
      for (const tokens of won as Tokens[]) await expect(rp.userinfo(tokens)).rejects.toThrow();
    }
    // Where the machine lets a winner wait for long, those who lost have ended it before it began.
    expect(winners).toBeGreaterThanOrEqual(Math.floor(ROUNDS * 0.8));
    await elsewhere.stop();
  });

  it('show one refresh token: at most one gets another, and the family is dead', async () => {
    const rp = await aRelyingParty();
    let winners = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      // What they show is good: it came of one that somebody showed alone.
      const tokens = await rp.refresh((await signedIn(rp)).tokens);
      const { won, lost } = await count(Array.from({ length: 20 }, () => rp.refresh(tokens)));
      expect(won.length).toBeLessThanOrEqual(1);
      winners += won.length;
      expect(new Set(lost)).toEqual(new Set(['invalid_grant']));
      for (const next of won as Tokens[])
        await expect(rp.refresh(next)).rejects.toMatchObject({ error: 'invalid_grant' });
    }
    // As above: those who lost may end the family before the winner has what it won.
    expect(winners).toBeGreaterThanOrEqual(Math.floor(ROUNDS / 2));
  });
});

it('five tabs of one relying party on a first visit: every code works', async () => {
  const first = await aRelyingParty();
  for (let round = 0; round < ROUNDS; round += 1) {
    const { browser } = await signedIn(first);
    const rp = await aRelyingParty();
    const { won } = await count(Array.from({ length: 5 }, () => rp.signIn(browser.copy())));
    expect(won).toHaveLength(5);
    for (const tokens of won as Tokens[]) expect((await rp.userinfo(tokens)).sub).toBeTruthy();
  }
});

it('ten relying parties at once in one session: all are noted for the sign-out', async () => {
  const first = await aRelyingParty();
  const parties = await Promise.all(Array.from({ length: 10 }, aRelyingParty));
  const { browser, tokens } = await signedIn(first);
  await Promise.all(parties.map((rp) => rp.signIn(browser.copy())));
  const { rows } = await test.stores.pool.query(
    `select count(distinct client_id)::int as parties from session_relying_parties where session_uid_digest =
      (select session_uid_digest from session_relying_parties where client_id = '${first.client.client_id}' limit 1)`,
  );
  expect(rows).toEqual([{ parties: 11 }]);
  await browser.get(`/session/end?id_token_hint=${tokens.id_token}`);
});

it('two orders of a sign-out and a sign-in in one browser leave no session behind', async () => {
  const rp = await aRelyingParty();
  for (let round = 0; round < ROUNDS; round += 1) {
    const { browser, tokens } = await signedIn(rp);
    const silent = (await rp.authorizationUrl({ prompt: 'none' })).url;
    await Promise.all([
      browser.copy().get(`/session/end?id_token_hint=${tokens.id_token}`),
      ...Array.from({ length: 5 }, () => browser.copy().get(silent)),
    ]);
    const { left } = await browser.copy().open((await rp.authorizationUrl({ prompt: 'none' })).url);
    expect(left?.searchParams.get('error')).toBe('login_required');
  }
});
