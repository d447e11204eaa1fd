import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestDoor, type TestDoor } from './door-harness.ts';

const OWN = 'https://timetable.example';
const ELSEWHERE = 'https://elsewhere.example';
let test: TestDoor;
let clientId: string;

beforeAll(async () => {
  test = await openTestDoor();
  const browserApplication = { token_endpoint_auth_method: 'none', redirect_uris: [`${OWN}/callback?a=b`] };
  clientId = (await test.register(browserApplication)).client_id;
  await test.register({ redirect_uris: [`${ELSEWHERE}.school/callback`] });
}, 60_000);
afterAll(() => test.stop());

const PUBLIC = ['/.well-known/openid-configuration', '/jwks'];
const POSTED = ['/token', '/revoke', '/par'];

async function allowed(path: string, origin: string, init: RequestInit = {}): Promise<string | null> {
  const headers = { ...(init.headers as Record<string, string>), ...(origin && { origin }) };
  const response = await fetch(test.issuer + path, { ...init, headers });
  const granted = response.headers.get('access-control-allow-origin');
  if (granted === null) {
    const others = [...response.headers.keys()].filter((name) => name.startsWith('access-control-'));
    expect(others).toEqual([]);
  }
  return granted;
}

const preflight = (method: string) => ({
  method: 'OPTIONS',
  headers: { 'access-control-request-method': method, 'access-control-request-headers': 'dpop' },
});

describe('a page of a registered origin', () => {
  it.each(PUBLIC)('reads %s', async (path) => {
    expect(await allowed(path, OWN)).toBe(OWN);
  });

  it.each([...POSTED, '/userinfo'])('may ask %s, before and in earnest', async (path) => {
    const method = path === '/userinfo' ? 'GET' : 'POST';
    expect(await allowed(path, OWN, preflight(method))).toBe(OWN);
    const body = new URLSearchParams({ client_id: clientId, token: 'x' });
    expect(await allowed(path, OWN, method === 'POST' ? { method, body } : {})).toBe(OWN);
  });

  it('reads them from the moment of the registration on', async () => {
    for (const name of ['one', 'two', 'three', 'four', 'five']) {
      const origin = `https://${name}.example`;
      await test.register({ redirect_uris: [`${origin}/callback`] });
      expect(await allowed('/jwks', origin)).toBe(origin);
    }
  });

  it('may not speak for a client of another one', async () => {
    const body = new URLSearchParams({
      client_id: clientId,
      grant_type: 'refresh_token',
      refresh_token: 'x',
    });
    expect(await allowed('/token', `${ELSEWHERE}.school`, { method: 'POST', body })).toBeNull();
  });
});

describe('a page of any other origin, and no page', () => {
  const strangers = [
    ELSEWHERE,
    `${OWN}.evil.example`,
    OWN.replace('https', 'http'),
    `${OWN}:444`,
    'null',
    '',
  ];

  it.each(strangers)('%s gets no permission', async (origin) => {
    for (const path of PUBLIC) expect(await allowed(path, origin)).toBeNull();
    for (const path of [...POSTED, '/userinfo']) {
      expect(await allowed(path, origin, preflight('POST'))).toBeNull();
      const body = new URLSearchParams({ client_id: clientId, token: 'x' });
      expect(await allowed(path, origin, { method: 'POST', body })).toBeNull();
    }
  });
});
