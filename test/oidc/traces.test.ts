import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/trace.ts';
import { findTrace, parseTraceNumber } from '../../src/relying-parties/traces.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson } from './people.ts';
import { RelyingParty } from './relying-party.ts';

let test: TestDoor;
let rp: RelyingParty;

beforeAll(async () => {
  test = await openTestDoor();
  rp = await RelyingParty.at(test.issuer, await test.register());
}, 60_000);
afterAll(() => test.stop());

const numberOn = (page: string): string => /[\dA-Z]{4}-[\dA-Z]{4}-[\dA-Z]{4}/.exec(page)?.[0] ?? '';

async function traceOf(number: string) {
  for (let tries = 0; tries < 50; tries += 1) {
    const found = await findTrace(test.stores.db, parseTraceNumber(number) ?? '', test.now());
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return undefined;
}

describe('an error page that a user of a relying party meets', () => {
  it('says in plain words what to do, and a number that tells why', async () => {
    const { url } = await rp.authorizationUrl({
      redirect_uri: 'https://evil.example/<b>',
      login_hint: 'Lina',
    });
    const { response, left } = await test.browser().open(url);
    const page = await response.text();
    expect([response.status, left]).toEqual([400, undefined]);
    expect(page).toContain('Vous n’y êtes pour rien');
    expect(page).not.toMatch(/(href|action)="https:..evil|<b>|\bat .*\.js:/i);
    const trace = await traceOf(numberOn(page));
    expect(trace).toMatchObject({
      clientId: rp.client.client_id,
      endpoint: 'authorization',
      error: 'invalid_redirect_uri',
    });
    expect(JSON.stringify(trace)).not.toMatch(/evil|Lina/);
  });

  it('names no client that is none', async () => {
    const { url } = await rp.authorizationUrl({ client_id: 'nobody<script>' });
    const { response } = await test.browser().open(url);
    const page = await response.text();
    expect(page).not.toContain('<script');
    expect(await traceOf(numberOn(page))).toMatchObject({ clientId: undefined, error: 'invalid_client' });
  });
});

describe('a refused relying party', () => {
  it('reads the number in a header, and staff and integrator by it what was wrong', async () => {
    const body = new URLSearchParams({ grant_type: 'authorization_code', code: 'a-secret-code-7' });
    const headers = {
      authorization: `Basic ${Buffer.from(`${rp.client.client_id}:${rp.client.client_secret}`).toString('base64')}`,
    };
    const answer = await fetch(`${test.issuer}/token`, { method: 'POST', headers, body });
    const number = answer.headers.get('preau-trace') ?? '';
    const trace = await traceOf(number.toLowerCase().replaceAll('-', ' '));
    expect(trace).toMatchObject({ clientId: rp.client.client_id, endpoint: 'token' });
    expect(JSON.stringify(trace)).not.toContain('a-secret-code');
    const [command] = commands;
    const context = { now: test.now, parts: async () => ({ db: test.stores.db }) } as never;
    const shown = await command?.run(context, { operands: [number] } as never);
    expect(shown).toMatchObject({
      outcome: 'done',
      json: { client_id: rp.client.client_id, endpoint: 'token' },
    });
    const unknown = await command?.run(context, { operands: ['0000-0000-0000'] } as never);
    expect(unknown).toMatchObject({ outcome: 'refused' });
  });

  it('leaves no trace for an answer that is none of an error', async () => {
    const count = async () =>
      (await test.stores.pool.query('select count(*)::int as n from traces')).rows[0].n as number;
    const before = await count();
    const { left } = await test.browser().open((await rp.authorizationUrl({ prompt: 'none' })).url);
    expect(left?.searchParams.get('error')).toBe('login_required');
    expect(await count()).toBe(before);
  });
});

describe('how often somebody may ask', () => {
  let limited: TestDoor;
  let clients: string[];

  beforeAll(async () => {
    limited = await openTestDoor({
      limits: { requestsPerMinute: { address: 30, clientAndAddress: 10, registration: 5 } },
    });
    clients = [(await limited.register()).client_id, (await limited.register()).client_id];
  }, 60_000);
  afterAll(() => limited.stop());

  async function ask(path: string, client_id = ''): Promise<Response> {
    const body = new URLSearchParams({
      client_id,
      client_secret: 'wrong',
      token: 'x',
      grant_type: 'refresh_token',
    });
    return fetch(limited.issuer + path, { method: 'POST', body });
  }

  it('has a measure by client and one by address, and is told when to come again', async () => {
    for (let time = 0; time < 10; time += 1) expect((await ask('/token', clients[0])).status).toBe(401);
    const refused = await ask('/token', clients[0]);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ error: 'temporarily_unavailable' });
    expect((await ask('/token', clients[1])).status).toBe(401);
    for (const path of ['/par', '/introspect', '/revoke'])
      expect((await ask(path, clients[0])).status).toBe(429);
    const rest = await Promise.all(Array.from({ length: 20 }, () => ask('/token')));
    expect(rest.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
    expect(Number((await ask('/par', clients[1])).headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('is the same however the address is spelt', async () => {
    for (const path of ['/token/', '/Token', '/PAR/']) expect((await ask(path, clients[0])).status).toBe(429);
  });

  it('has one for registrations', async () => {
    const register = () => fetch(`${limited.issuer}/registration`, { method: 'POST', body: '{}' });
    for (let time = 0; time < 5; time += 1) expect((await register()).status).not.toBe(429);
    const refused = await register();
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect((await fetch(`${limited.issuer}/API/v1/clients`)).status).toBe(429);
  });

  it('is no matter of people: the pages go on', async () => {
    expect((await fetch(`${limited.issuer}/.well-known/openid-configuration`)).status).toBe(200);
  });
});

describe('headers', () => {
  it('let nobody put a page in a frame, save a silent answer to a registered origin', async () => {
    const person = await aPerson(test);
    const browser = test.browser();
    browser.person = `${person.id} one`;
    await rp.signIn(browser);
    const policyOf = async (parameters: Record<string, string>) => {
      const response = await browser.get((await rp.authorizationUrl(parameters)).url);
      return [response.headers.get('content-security-policy') ?? '', response.headers.get('x-frame-options')];
    };
    for (const mode of ['query', 'form_post']) {
      const [policy, frame] = await policyOf({ prompt: 'none', response_mode: mode });
      expect(policy).toContain('frame-ancestors http://localhost:3001');
      expect(frame).toBeNull();
    }
    const elsewhere = { prompt: 'none', redirect_uri: 'https://evil.example/' };
    for (const parameters of [{}, { response_mode: 'form_post' }, elsewhere])
      expect(await policyOf(parameters)).toEqual([expect.stringContaining("frame-ancestors 'none'"), 'DENY']);
  });

  it.each(['/.well-known/openid-configuration', '/token', '/userinfo', '/session/end', '/authorize'])(
    '%s is kept by nobody, sniffed by nobody and opened by nobody',
    async (path) => {
      const { headers } = await fetch(test.issuer + path, { method: path === '/token' ? 'POST' : 'GET' });
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cache-control')).toContain('no-store');
    },
  );
});
