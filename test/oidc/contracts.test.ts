import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as oidc from 'openid-client';
import { applyOrder } from '../../src/crisis/apply-order.ts';
import { endOrder } from '../../src/crisis/end-order.ts';
import { createApproveContract } from '../../src/relying-parties/contracts/approve.ts';
import { createEndContract } from '../../src/relying-parties/contracts/end.ts';
import { createProposeContract } from '../../src/relying-parties/contracts/propose.ts';
import { createRequestContract } from '../../src/relying-parties/contracts/request.ts';
import { createResumeContract, createSuspendContract } from '../../src/relying-parties/contracts/suspend.ts';
import type { Registered } from '../../src/relying-parties/register-client.ts';
import { selectClientsVersion } from '../../src/relying-parties/store.ts';
import { createResumeClient, createSuspendClient } from '../../src/relying-parties/suspend-client.ts';
import { TERMS } from '../relying-parties/terms.ts';
import type { Browser } from './browser.ts';
import { BY, openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson, type Person } from './people.ts';
import { RelyingParty } from './relying-party.ts';

let test: TestDoor;
let lina: Person;

beforeAll(async () => {
  test = await openTestDoor();
  lina = await aPerson(test);
}, 60_000);
afterAll(() => test.stop());

async function under(terms: object, metadata: object = {}): Promise<RelyingParty> {
  const client = await test.register(metadata);
  await test.stores.db
    .updateTable('contracts')
    .set({ terms: JSON.stringify(terms) })
    .where('client_id', '=', client.client_id)
    .execute();
  return RelyingParty.at(test.issuer, client);
}

function browserOf(person: Person, acr = 'one'): Browser {
  const browser = test.browser();
  browser.person = `${person.id} ${acr}`;
  return browser;
}

const actOn = ({ client }: RelyingParty) => [BY, { clientId: client.client_id }] as const;
const from = () => ({ db: test.stores.db, now: test.now });

describe('a relying party that is suspended or ended', () => {
  it.each([
    ['suspended', createSuspendContract],
    ['ended', createEndContract],
    ['shut out', createSuspendClient],
  ] as const)('%s: gets nothing from the next request on', async (_, act) => {
    const rp = await under(TERMS);
    const browser = browserOf(lina);
    const tokens = await rp.signIn(browser);
    const asked = await rp.authorizationUrl();
    const { left } = await browser.open(asked.url);
    await act(from())(...actOn(rp));
    await expect(rp.userinfo(tokens)).rejects.toThrow();
    await expect(rp.refresh(tokens)).rejects.toThrow();
    await expect(rp.exchange(left ?? asked.url, asked)).rejects.toThrow();
    await expect(oidc.tokenIntrospection(rp.config, tokens.access_token)).rejects.toThrow();
    const again = await browser.open((await rp.authorizationUrl()).url);
    expect(again.left).toBeUndefined();
    expect(again.response.status).toBe(400);
  });

  describe('a moment ago, which this process has not heard of', () => {
    const basic = ({ client_id: id, client_secret: secret }: RelyingParty['client']) =>
      `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
    const post = (path: string, { client }: RelyingParty, form: Record<string, string>) =>
      fetch(`${test.issuer}${path}`, {
        ...{ method: 'POST', headers: { authorization: basic(client) }, body: new URLSearchParams(form) },
      });

    it.each([
      [
        '/par',
        async (rp: RelyingParty) => Object.fromEntries((await rp.authorizationUrl()).url.searchParams),
      ],
      ['/revoke', async (_: RelyingParty, token: string) => ({ token })],
      ['/introspect', async (_: RelyingParty, token: string) => ({ token })],
    ] as const)('gets nothing from %s, asked first of all', async (path, formOf) => {
      const rp = await under(TERMS);
      const { access_token: token } = await rp.signIn(browserOf(lina));
      const form = await formOf(rp, token);
      expect((await post(path, rp, form)).ok).toBe(true);
      await test.orders.stop();
      await createSuspendClient(from())(...actOn(rp));
      const refused = await post(path, rp, form).finally(() => test.orders.start());
      expect([400, 401]).toContain(refused.status);
      expect(await refused.json()).toMatchObject({ error: 'invalid_client' });
      await createResumeClient(from())(...actOn(rp));
      expect((await post(path, rp, form)).ok).toBe(true);
    });
  });

  it('goes on where it was when it is resumed', async () => {
    const rp = await under(TERMS);
    const tokens = await rp.signIn(browserOf(lina));
    const steps = [createSuspendContract, createResumeContract, createSuspendClient, createResumeClient];
    for (const act of steps) await act(from())(...actOn(rp));
    expect(await rp.userinfo(tokens)).toMatchObject({ given_name: 'Lina' });
    expect((await rp.refresh(tokens)).access_token).toBeTruthy();
  });
});

describe('the schools a contract is open to', () => {
  it('are asked before anything is given: a page, access_denied, and nothing at release', async () => {
    const rp = await under(TERMS);
    const tokens = await rp.signIn(browserOf(lina));
    await setTerms(rp, { ...TERMS, open_to: { establishments: ['0690002B'] } });
    await expect(rp.userinfo(tokens)).rejects.toThrow();
    await expect(rp.refresh(tokens)).rejects.toThrow();
    const { active } = await oidc.tokenIntrospection(rp.config, tokens.access_token);
    expect(active).toBe(false);
    const browser = browserOf(lina);
    const { response } = await browser.open((await rp.authorizationUrl()).url);
    expect([response.status, new URL(response.url).pathname]).toEqual([
      403,
      expect.stringMatching(/not-open$/),
    ]);
    const page = await response.text();
    const csrf = /name="csrf" value="([^"]*)"/.exec(page)?.[1] ?? '';
    const { left } = await browser.follow(await browser.post(response.url, { csrf }));
    expect(left?.searchParams.get('error')).toBe('access_denied');
    const silent = await browser.open((await rp.authorizationUrl({ prompt: 'none' })).url);
    expect(silent.left?.searchParams.get('error')).toBe('access_denied');
  });

  it('alone are spoken of, in the profiles the contract names', async () => {
    const teacher = await aPerson(test, { profile: 'teacher', uai: '0750001A', code: '6A' });
    const { join } = await import('../sessions/people.ts');
    await join(test.stores.db, { person: teacher.number, profile: 'guardian', uai: '0750001A' });
    await join(test.stores.db, { person: teacher.number, profile: 'teacher', uai: '0690002B', code: '3C' });
    const claims = { pupil: {}, guardian: {}, teacher: ['profiles', 'establishments'], staff: {} };
    const rp = await under({ claims, open_to: { establishments: ['0750001A'] } });
    const tokens = await rp.signIn(browserOf(teacher));
    const said = await rp.userinfo(tokens);
    expect(said.profiles).toEqual(['teacher']);
    expect(said.establishments).toMatchObject([{ uai: '0750001A', profile: 'teacher', classes: ['6A'] }]);
  });
});

async function setTerms(rp: RelyingParty, terms: object): Promise<void> {
  await test.stores.db
    .updateTable('contracts')
    .set({ terms: JSON.stringify(terms) })
    .where('client_id', '=', rp.client.client_id)
    .execute();
}

describe('the minimum acr of a contract', () => {
  it('asks for a stronger sign-in, and answers unmet_authentication_requirements where there is none', async () => {
    const rp = await under({ ...TERMS, minimum_acr: 'urn:preau:acr:two' });
    const browser = browserOf(lina);
    await rp.signIn(browserOf(lina, 'two'));
    const weak = await browser.open((await rp.authorizationUrl()).url);
    expect(weak.left?.searchParams.get('error')).toBe('unmet_authentication_requirements');
    const silent = await browser.open((await rp.authorizationUrl({ prompt: 'none' })).url);
    expect(silent.left?.searchParams.get('error')).toBe('unmet_authentication_requirements');
  });

  it('holds at release too: what was given under less gives nothing more', async () => {
    const rp = await under(TERMS);
    const tokens = await rp.signIn(browserOf(lina));
    const strong = await rp.signIn(browserOf(lina, 'two'));
    await setTerms(rp, { ...TERMS, minimum_acr: 'urn:preau:acr:two' });
    await expect(rp.userinfo(tokens)).rejects.toThrow();
    await expect(rp.refresh(tokens)).rejects.toThrow();
    expect(await rp.userinfo(strong)).toMatchObject({ given_name: 'Lina' });
    const renewed = await rp.refresh(strong);
    expect(await rp.userinfo(renewed)).toMatchObject({ given_name: 'Lina' });
  });
});

async function releasesTo({ client }: RelyingParty): Promise<number> {
  const { rows } = await test.stores.pool.query(
    `select count(*)::int as lines from disclosure_contexts where client_id = '${client.client_id}'`,
  );
  return rows[0].lines;
}

async function newVersion(rp: RelyingParty): Promise<void> {
  const given = { clientId: rp.client.client_id };
  await createProposeContract(from())(BY, { ...given, terms: TERMS });
  const { version = 0 } = { ...(await createRequestContract(from())(BY, given)) } as { version?: number };
  await createApproveContract({ ...from(), operatorsAre: 'names' })(BY, { ...given, version });
}

describe('the first visit', () => {
  it('says what is received, why and whom to ask, once for each version', async () => {
    const rp = await under(TERMS);
    const browser = browserOf(lina);
    browser.readsInformation = true;
    const { response } = await browser.open((await rp.authorizationUrl()).url);
    const page = await response.text();
    expect(new URL(response.url).pathname).toMatch(/\/information$/);
    for (const words of [
      'Les Rayons',
      'Prêter des livres',
      'Reconnaître la personne',
      'dpo@les-rayons.example',
    ])
      expect(page).toContain(words);
    expect(page.match(/<button[^>]*type="submit"/g)?.length).toBeGreaterThan(0);
    browser.readsInformation = false;
    await rp.signIn(browser);
    browser.readsInformation = true;
    await rp.signIn(browser);
    const other = browserOf(lina);
    other.readsInformation = true;
    await rp.signIn(other);
    await newVersion(rp);
    const again = await other.open((await rp.authorizationUrl()).url);
    expect(again.response.url).toMatch(/\/information$/);
    other.readsInformation = false;
    await rp.signIn(other);
    const { rows } = await test.stores.pool.query(
      `select contract_version from first_visits where client_id = '${rp.client.client_id}' order by 1`,
    );
    expect(rows).toEqual([{ contract_version: 1 }, { contract_version: 2 }]);
  });

  it('comes before anything silent: interaction_required, nothing released, until the page was shown', async () => {
    const first = await under(TERMS);
    const browser = browserOf(lina);
    await first.signIn(browser);
    const second = await under(TERMS);
    const silently = async () => {
      const { left } = await browser.open((await second.authorizationUrl({ prompt: 'none' })).url);
      return left?.searchParams.get('error') ?? (left?.searchParams.has('code') ? 'code' : 'page');
    };
    expect(await silently()).toBe('interaction_required');
    expect(await silently()).toBe('interaction_required');
    browser.readsInformation = true;
    const { left, response } = await browser.open((await second.authorizationUrl()).url);
    expect(left).toBeUndefined();
    expect(response.url).toMatch(/\/information$/);
    // Shown is not read: it is the button that goes on.
    expect(await silently()).toBe('interaction_required');
    expect(await releasesTo(second)).toBe(0);
    browser.readsInformation = false;
    await second.signIn(browser);
    expect(await silently()).toBe('code');
    await newVersion(second);
    expect(await silently()).toBe('interaction_required');
    await second.signIn(browser);
    expect(await silently()).toBe('code');
  });

  it('is one for each person: what somebody else was told in the same browser counts for nobody', async () => {
    const rp = await under(TERMS);
    await rp.signIn(browserOf(lina));
    const hugo = browserOf(await aPerson(test, { givenName: 'Hugo' }));
    await (await under(TERMS)).signIn(hugo);
    const { left } = await hugo.open((await rp.authorizationUrl({ prompt: 'none' })).url);
    expect(left?.searchParams.get('error')).toBe('interaction_required');
  });

  it('is over only with the button, of this browser, for the version that was shown', async () => {
    const rp = await under(TERMS);
    const browser = browserOf(lina);
    browser.readsInformation = true;
    const { response } = await browser.open((await rp.authorizationUrl()).url);
    const csrf = /name="csrf" value="([^"]*)"/.exec(await response.text())?.[1] ?? '';
    expect((await browser.post(response.url, { version: '1' })).status).toBe(403);
    expect((await test.browser().get(response.url)).status).toBe(400);
    const other = await browser.post(response.url, { csrf, version: '7' });
    expect(other.status).toBe(200);
    expect(await other.text()).toContain('name="version" value="1"');
  });

  it('keeps what somebody chose to write into a contract or a name from being more than text', async () => {
    const nasty = '<img src=x onerror=alert(1)>"\'';
    const publisher = { legal_name: nasty, contact: nasty, data_protection_officer: nasty };
    const rp = await under(
      {
        ...TERMS,
        publisher,
        purpose: nasty,
        retention: nasty,
        claims: { ...TERMS.claims, pupil: { name: nasty } },
      },
      { client_name: nasty, client_uri: 'https://rp.example/"><script>' },
    );
    const browser = browserOf(lina);
    browser.readsInformation = true;
    const { response } = await browser.open((await rp.authorizationUrl()).url);
    const page = await response.text();
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(page).not.toMatch(/<img src=x|<script>/);
  });
});

async function putIn(state: 'sandbox' | 'approved', { client_id: clientId }: Registered): Promise<void> {
  await test.stores.db.updateTable('contracts').set({ state }).where('client_id', '=', clientId).execute();
  // Which page a stranger is sent to is read from memory: a moment late is no fault.
  await test.door.registry.upTo(await selectClientsVersion(test.stores.db));
}

async function inTheSandbox(): Promise<RelyingParty> {
  const client = await test.register();
  await putIn('sandbox', client);
  return RelyingParty.at(test.issuer, client);
}

describe('an application nobody approved', () => {
  it('admits no real person, not even one who signs in on its way', async () => {
    const rp = await inTheSandbox();
    const known = await under(TERMS);
    const browser = browserOf(lina);
    await known.signIn(browser);
    const { left, response } = await browser.open((await rp.authorizationUrl()).url);
    expect(left).toBeUndefined();
    expect(response.url).toMatch(/\/persona$/);
    const silent = await browser.open((await rp.authorizationUrl({ prompt: 'none' })).url);
    expect(silent.left?.searchParams.get('error')).toBe('login_required');
  });

  it('is signed in to as somebody made up, by a button, and that one is let in nowhere else', async () => {
    const rp = await inTheSandbox();
    const browser = test.browser();
    const asked = await rp.authorizationUrl();
    const { response } = await browser.open(asked.url);
    const page = await response.text();
    const csrf = /name="csrf" value="([^"]*)"/.exec(page)?.[1] ?? '';
    expect(page).toContain('Camille Essai-Dubois');
    const ids = [...page.matchAll(/name="persona" value="([0-9a-f-]{36})"/g)].map(([, id]) => id ?? '');
    expect(ids).toHaveLength(6);
    const stolen = await browser.post(response.url, { csrf, persona: lina.id });
    expect(stolen.status).toBe(200);
    const { left } = await browser.follow(await browser.post(response.url, { csrf, persona: ids[2] ?? '' }));
    const tokens = await rp.exchange(left ?? asked.url, asked);
    const said = await rp.userinfo(tokens);
    expect(said).toMatchObject({ given_name: 'Dominique', profiles: ['guardian'] });
    expect(said.children).toMatchObject([{ given_name: 'Camille' }, { given_name: 'Sacha' }]);
    const { rows } = await test.stores.pool.query(
      `select details from disclosure_contexts where client_id = '${rp.client.client_id}'`,
    );
    for (const { details } of rows) expect(details).toEqual({ persona: true });
    const elsewhere = await under(TERMS);
    const silent = await browser.open((await elsewhere.authorizationUrl({ prompt: 'none' })).url);
    expect(silent.left?.searchParams.get('error')).toBe('login_required');
    // Approved meanwhile: what a persona holds is worth nothing any more.
    await putIn('approved', rp.client);
    await expect(rp.userinfo(tokens)).rejects.toThrow();
    await expect(rp.refresh(tokens)).rejects.toThrow();
  });

  it('is left by the one button of the page that says that somebody made up is frozen', async () => {
    const rp = await inTheSandbox();
    const browser = test.browser();
    const { response } = await browser.open((await rp.authorizationUrl()).url);
    const page = await response.text();
    const csrf = /name="csrf" value="([^"]*)"/.exec(page)?.[1] ?? '';
    const persona = /name="persona" value="([0-9a-f-]{36})"/.exec(page)?.[1] ?? '';
    const { number } = await test.stores.db
      .selectFrom('persons')
      .select('number')
      .where('id', '=', persona)
      .executeTakeFirstOrThrow();
    const scope = { person: [number] };
    const wish = { measure: 'freeze', scope, reason: 'test', mode: 'live' } as const;
    const applied = await applyOrder(test.stores.db, BY, wish, new Date());
    if (applied.outcome !== 'applied') throw new Error(applied.refusal);
    const { id } = applied.order;
    await until(async () => (await test.orders.inForce()).live.some((one) => one.id === id));
    const held = await browser.post(response.url, { csrf, persona });
    const notNow = await held.text();
    expect(held.status).toBe(403);
    const [form = ''] = /<form[^>]*method="post"[\s\S]*?<\/form>/.exec(notNow) ?? [];
    const fields = [...form.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [
      name,
      value,
    ]);
    const [, action = ''] = /action="([^"]+)"/.exec(form) ?? [];
    const { left } = await browser.follow(await browser.post(action, Object.fromEntries(fields)));
    expect(left?.searchParams.get('error')).toBe('access_denied');
    await endOrder(test.stores.db, BY, { id, reason: 'over' }, new Date());
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
