import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { keepTrace, parseTraceNumber, TRACE_DAYS } from '../../src/relying-parties/traces.ts';
import { Application } from '../support/application.ts';
import { type World, wholeWorld } from '../support/world.ts';
import { METADATA, tokenFor } from './publisher.ts';

let world: World;
let application: Application;
let token: string;

beforeAll(async () => {
  world = await wholeWorld();
  token = await tokenFor(world, 'Les Rayons');
  application = await anApplication();
}, 60_000);
afterAll(() => world.close());

async function anApplication(): Promise<Application> {
  const response = await fetch(`${world.issuer}/api/v1/clients`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(METADATA),
  });
  const { client_id, client_secret, metadata } = (await response.json()) as Registration;
  return new Application(world.issuer, { ...metadata, client_id, client_secret } as Application['client']);
}

interface Registration {
  client_id: string;
  client_secret: string;
  metadata: object;
}

/** What the user of an application reads out to its developer. */
async function numberOnPage(parameters: Record<string, string>, from = application): Promise<string> {
  const { status, text } = await world.visitor().open(from.authorizationUrl(parameters));
  expect(status).toBe(400);
  const [number = ''] = /[\dA-Z]{4}-[\dA-Z]{4}-[\dA-Z]{4}/.exec(text) ?? [];
  await kept(number);
  return number;
}

/** A trace is written once the page is on its way. */
async function kept(number: string): Promise<void> {
  const rows = () =>
    world.parts.db
      .selectFrom('traces')
      .select('number')
      .where('number', '=', parseTraceNumber(number) ?? '')
      .execute();
  while ((await rows()).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function lookUp(number: string, as = token) {
  const headers = { authorization: `Bearer ${as}` };
  const response = await fetch(`${world.issuer}/api/v1/traces/${number}`, { headers });
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, type: response.headers.get('content-type'), body };
}

const NONE = {
  status: 404,
  type: 'application/problem+json',
  body: { type: 'about:blank', title: 'no such trace', status: 404 },
};
const ELSEWHERE = { redirect_uri: 'https://elsewhere.example/', login_hint: 'Lina' };

describe('a number that a user reads out to their application’s developer', () => {
  it('tells its publisher when, where and why Préau refused, and nothing else', async () => {
    const number = await numberOnPage(ELSEWHERE);
    const { status, body } = await lookUp(number);
    expect([status, body]).toEqual([
      200,
      {
        number: number.replaceAll('-', ''),
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        client_id: application.client.client_id,
        endpoint: 'authorization',
        error: 'invalid_redirect_uri',
        detail: expect.stringContaining('did not match any of the'),
      },
    ]);
    expect(Math.abs(new Date(String(body.at)).getTime() - world.now().getTime())).toBeLessThan(60_000);
    const document = await (await fetch(`${world.issuer}/api/openapi.json`)).json();
    expect(Object.keys(body).sort()).toEqual([...document.components.schemas.Trace.required].sort());
    const readOut = encodeURIComponent(number.toLowerCase().replaceAll('-', ' '));
    expect((await lookUp(readOut)).body).toEqual(body);
  });

  it('is as good from the header of an endpoint that only machines ask', async () => {
    const { headers } = await application.exchange('never-issued');
    const number = headers.get('preau-trace') ?? '';
    await kept(number);
    expect((await lookUp(number)).body).toMatchObject({
      client_id: application.client.client_id,
      endpoint: 'token',
      error: 'invalid_grant',
      detail: 'grant request is invalid; authorization code not found',
    });
  });

  it('says nothing of what stood in the request, however it was written', async () => {
    const sent = { login_hint: 'Lina', claims: 'Lina Marie Durand' };
    const { headers } = await world.visitor().get(application.authorizationUrl(sent));
    const number = headers.get('preau-trace') ?? '';
    await kept(number);
    const { body } = await lookUp(number);
    expect(body).toMatchObject({
      error: 'invalid_request',
      detail: expect.stringContaining('could not parse the claims parameter JSON'),
    });
    expect(JSON.stringify(body)).not.toMatch(/Lina|Marie|Durand/);
  });

  it.each([
    ['shut out', 'POST', '/suspend'],
    ['deleted', 'DELETE', ''],
  ])('tells of a client that was %s what was before and what came after', async (_, method, path) => {
    const out = await anApplication();
    const { client_id } = out.client;
    const before = await numberOnPage(ELSEWHERE, out);
    const headers = { authorization: `Bearer ${token}` };
    await fetch(`${world.issuer}/api/v1/clients/${client_id}${path}`, { method, headers });
    const refused = await refusedAsUnknown(out);
    const after = [await numberOnPage({}, out), refused.headers.get('preau-trace') ?? ''];
    for (const number of after) await kept(number);
    expect((await lookUp(before)).body).toMatchObject({ client_id, error: 'invalid_redirect_uri' });
    for (const number of after)
      expect((await lookUp(number)).body).toMatchObject({ client_id, error: 'invalid_client' });
  });
});

/** Where nobody is spoken of, what was just shut out is known a moment later (design D6). */
async function refusedAsUnknown(out: Application): Promise<Response> {
  const response = await out.exchange('never-issued');
  return response.status === 401 ? response : refusedAsUnknown(out);
}

describe('the very same answer, that there is none, is given', () => {
  it('to another publisher', async () => {
    const number = await numberOnPage(ELSEWHERE);
    const other = await tokenFor(world, 'Emploi du temps SARL');
    expect(await lookUp(number, other)).toEqual(NONE);
    expect((await lookUp(number)).status).toBe(200);
  });

  it('where no client of that name is registered', async () => {
    for (const client_id of ['nobody', `${application.client.client_id}%00`, '<script>'])
      expect(await lookUp(await numberOnPage({ client_id }))).toEqual(NONE);
  });

  it('for a number that nobody was given', async () => {
    expect(await lookUp('0000-0000-0000')).toEqual(NONE);
  });

  it(`once ${TRACE_DAYS} days are over, also before anybody tidied up`, async () => {
    const { client_id: clientId } = application.client;
    const trace = { clientId, endpoint: 'token', error: 'invalid_grant', detail: undefined };
    const daysAgo = (days: number) => new Date(world.now().getTime() - days * 86_400_000);
    await keepTrace(world.parts.db, { ...trace, number: 'AAAAAAAAAAAA', at: daysAgo(TRACE_DAYS - 0.01) });
    await keepTrace(world.parts.db, { ...trace, number: 'BBBBBBBBBBBB', at: daysAgo(TRACE_DAYS + 0.01) });
    expect((await lookUp('AAAA-AAAA-AAAA')).status).toBe(200);
    expect(await lookUp('BBBB-BBBB-BBBB')).toEqual(NONE);
  });

  it('for what is no number at all', async () => {
    const wrong = [
      '7K3F',
      '7K3F-Q2M9-XW4U',
      '7K3FQ2M9XW4T7K3F',
      'x'.repeat(5000),
      '%00',
      '%25',
      '%E2%82%AC',
      "'",
    ];
    for (const typed of wrong) expect({ typed, ...(await lookUp(typed)) }).toEqual({ typed, ...NONE });
  });
});

it('nobody is answered without a token in force, for whichever number', async () => {
  for (const number of [await numberOnPage(ELSEWHERE), '0000-0000-0000', 'x'])
    expect((await lookUp(number, 'made-up-by-somebody')).status).toBe(401);
});
