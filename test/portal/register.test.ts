import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readStacks, STACKS_FILE } from '../../scripts/stacks.ts';
import { calendarDay } from '../../src/http/moments.ts';
import { createReadRegister } from '../../src/relying-parties/contracts/register.ts';
import { readTerms } from '../../src/relying-parties/contracts/terms.ts';
import { createDeleteClient } from '../../src/relying-parties/delete-client.ts';
import { createRegisterClient } from '../../src/relying-parties/register-client.ts';
import { createSuspendClient } from '../../src/relying-parties/suspend-client.ts';
import { TERMS } from '../relying-parties/terms.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';

let world: World;
const NASTY = '<img src=x onerror=alert(1)>"\'';

beforeAll(async () => {
  world = await wholeWorld();
}, 60_000);
afterAll(() => world.close());

async function register(
  change: { terms?: object; metadata?: object; landing?: 'approved' | 'sandbox' } = {},
): Promise<string> {
  const read = readTerms({ ...TERMS, ...change.terms });
  if (read.outcome === 'invalid') throw new Error(read.problems.join());
  const metadata = {
    client_name: 'CDI',
    redirect_uris: ['https://cdi.example/callback'],
    ...change.metadata,
  };
  const { landing = 'approved' } = change;
  const result = await createRegisterClient(world.parts)(BY, { metadata, terms: read.terms, landing });
  if (result.outcome !== 'registered') throw new Error(JSON.stringify(result));
  return result.client.client_id;
}

async function listed(): Promise<{ client_id: string; [name: string]: unknown }[]> {
  const response = await fetch(`${world.issuer}/register.json`);
  return ((await response.json()) as { contracts: never[] }).contracts;
}

const pageOf = async (path: string) => (await world.visitor().open(path)).text;

describe('the public register', () => {
  it('says who gets what, for whom, why and since when, as a page and as JSON', async () => {
    const clientId = await register({ terms: { minimum_acr: 'urn:preau:acr:two' } });
    const entry = (await listed()).find(({ client_id }) => client_id === clientId);
    expect(entry).toMatchObject({
      ...{ name: 'CDI', state: 'approved', version: 1, purpose: 'Prêter des livres' },
      publisher: { legal_name: 'Les Rayons' },
      since: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      weaker_settings: [],
      versions: [{ version: 1, until: null }],
    });
    expect(await pageOf('/register')).toContain('Prêter des livres');
    const page = await pageOf(`/register/${clientId}`);
    for (const words of [
      'Les Rayons',
      'Reconnaître la personne',
      'dpo@les-rayons.example',
      'Mission d’intérêt public',
      `Depuis le ${calendarDay('fr', String(entry?.since))}, version 1`,
      'Un mot de passe et un second code',
    ])
      expect(page).toContain(words);
    const json = await fetch(`${world.issuer}/register`, { headers: { accept: 'application/json' } });
    expect(((await json.json()) as { contracts: object[] }).contracts).toEqual(await listed());
  });

  it('is read once for many who ask at once', async () => {
    await register();
    const holder = await world.stores.pool.connect();
    await holder.query('begin; lock table contracts in access exclusive mode');
    const before = world.statements();
    const asked = Promise.all(Array.from({ length: 40 }, () => listed()));
    // Nobody is answered before all have asked.
    await pause(500);
    const meanwhile = world.statements() - before;
    await holder.query('commit');
    holder.release();
    const all = await asked;
    expect(all.every((entries) => entries.length === all[0]?.length)).toBe(true);
    // Forty readings are eighty; ours knows of its clients by statements of its own.
    expect(meanwhile).toBeLessThan(10);
  });

  it('is read anew where something changed, and else as it was read', async () => {
    const read = createReadRegister(world.parts.db);
    const clientId = await register();
    const before = await read();
    expect(await read()).toBe(before);
    await createSuspendClient(world.parts)(BY, { clientId });
    const stateIn = (entries: typeof before) =>
      entries.find(({ client_id }) => client_id === clientId)?.state;
    expect([stateIn(before), stateIn(await read())]).toEqual(['approved', 'suspended']);
    expect(await pageOf(`/register/${clientId}`)).toContain('Suspendue');
  });

  it('names the weaker settings of a client', async () => {
    const clientId = await register({ metadata: { require_pkce: false, claims_in_id_token: true } });
    const entry = (await listed()).find(({ client_id }) => client_id === clientId);
    expect(entry?.weaker_settings).toEqual(['no_pkce', 'claims_in_id_token']);
    expect(await pageOf(`/register/${clientId}`)).toContain('PKCE');
  });

  it('leaves out what nobody has approved, and says what is suspended', async () => {
    const [trial, shut] = [await register({ landing: 'sandbox' }), await register()];
    await createSuspendClient(world.parts)(BY, { clientId: shut });
    const entries = await listed();
    expect(entries.find(({ client_id }) => client_id === trial)).toBeUndefined();
    expect(entries.find(({ client_id }) => client_id === shut)?.state).toBe('suspended');
    expect((await world.visitor().open(`/register/${trial}`)).status).toBe(404);
  });

  it('goes on saying what a deleted one received, and until when', async () => {
    const [gone, trial] = [await register(), await register({ landing: 'sandbox' })];
    for (const clientId of [gone, trial]) await createDeleteClient(world.parts)(BY, { clientId });
    const entries = await listed();
    const today = expect.stringMatching(/^\d{4}-\d\d-\d\d$/);
    expect(entries.find(({ client_id }) => client_id === gone)).toMatchObject({
      ...{ state: 'ended', purpose: 'Prêter des livres', versions: [{ version: 1, until: today }] },
    });
    expect(await pageOf(`/register/${gone}`)).toContain('Reconnaître la personne');
    expect(entries.find(({ client_id }) => client_id === trial)).toBeUndefined();
  });

  it('leaves out a contract that cannot be read, and no other', async () => {
    const [spoilt, sound] = [await register(), await register()];
    const terms = JSON.stringify({ claims: 'none' });
    await world.parts.db.updateTable('contracts').set({ terms }).where('client_id', '=', spoilt).execute();
    const ids = (await listed()).map(({ client_id }) => client_id);
    expect([ids.includes(spoilt), ids.includes(sound)]).toEqual([false, true]);
  });

  it('shows whatever somebody wrote as text and nothing else', async () => {
    const publisher = { legal_name: NASTY, contact: NASTY, data_protection_officer: NASTY };
    const clientId = await register({
      terms: { publisher, purpose: NASTY, claims: { ...TERMS.claims, pupil: { name: NASTY } } },
      metadata: { client_name: NASTY, client_uri: 'https://rp.example/?"><script>' },
    });
    for (const path of ['/register', `/register/${clientId}`, '/'])
      expect({ path, page: await pageOf(path) }).toEqual({
        path,
        page: expect.not.stringMatching(/<img src=x|<script>/),
      });
    expect(await pageOf(`/register/${clientId}`)).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });
});

describe('the pages for integrators', () => {
  it('say what discovery says', async () => {
    const discovery = (await (
      await fetch(`${world.issuer}/.well-known/openid-configuration`)
    ).json()) as Record<string, unknown>;
    const page = await pageOf('/integrators');
    for (const name of ['authorization_endpoint', 'token_endpoint', 'registration_endpoint'])
      expect(page).toContain(String(discovery[name]));
    expect(page).toContain((discovery.scopes_supported as string[]).join(' '));
  });

  it('show settings that a test runs, letter for letter', async () => {
    const stacks = readStacks() as { name: string; title: string }[];
    expect(JSON.parse(readFileSync(STACKS_FILE, 'utf8'))).toEqual(stacks);
    for (const { name, title } of stacks) expect(await pageOf(`/integrators/${name}`)).toContain(title);
    expect((await world.visitor().open('/integrators/cobol')).status).toBe(404);
  });
});
