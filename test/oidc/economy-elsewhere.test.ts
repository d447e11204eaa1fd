import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from './browser.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson } from './people.ts';
import { RelyingParty } from './relying-party.ts';
import { countTrips, type Trips } from './trips.ts';

/** Each of these is a process that has served others, and not this person. */
let doors: TestDoor[];
let rp: RelyingParty;
let browser: Browser;

beforeAll(async () => {
  const first = await openTestDoor();
  const lina = await aPerson(first);
  rp = await RelyingParty.at(first.issuer, await first.register());
  browser = first.browser();
  browser.person = `${lina.id} one`;
  await rp.signIn(browser);
  const somebodyElse = await aPerson(first);
  doors = [first];
  for (let count = 0; count < 3; count += 1) doors.push(await another(first, somebodyElse.id));
}, 60_000);
afterAll(async () => {
  for (const door of doors.reverse()) await door.stop();
});

async function another({ stores }: TestDoor, person: string): Promise<TestDoor> {
  const door = await openTestDoor({ stores });
  const elsewhere = door.browser();
  elsewhere.person = `${person} one`;
  await (await RelyingParty.at(door.issuer, rp.client)).signIn(elsewhere);
  return door;
}

interface Tokens {
  access_token: string;
  refresh_token: string;
}

/** With the application's id and secret. */
async function ask(address: string, form: Record<string, string>): Promise<unknown> {
  const { client_id, client_secret = '' } = rp.client;
  const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
  const body = new URLSearchParams(form);
  return (await fetch(address, { method: 'POST', headers: { authorization }, body })).json();
}

describe('where each process meets what another one made', () => {
  it('a sign-in on takes six and three, a refresh three and two, userinfo and introspection two and two', async () => {
    const [first, second, third, fourth] = doors as [TestDoor, TestDoor, TestDoor, TestDoor];
    const trips = async (act: () => Promise<unknown>): Promise<Trips> => countTrips(first.stores, act);
    const { url, verifier } = await rp.authorizationUrl();
    let code = '';
    const authorize = async () => {
      const response = await browser.get(url.href.replace(first.issuer, second.issuer));
      code = URL.parse(response.headers.get('location') ?? '')?.searchParams.get('code') ?? '';
    };
    expect(await trips(authorize)).toEqual({ redis: 3, postgres: 1 });

    let tokens: Tokens | undefined;
    const form = { grant_type: 'authorization_code', code, code_verifier: verifier };
    const exchange = async () => {
      const redirect_uri = rp.client.redirect_uris[0] ?? '';
      tokens = (await ask(`${third.issuer}/token`, { ...form, redirect_uri })) as Tokens;
    };
    expect(await trips(exchange)).toEqual({ redis: 3, postgres: 2 });
    expect(tokens).toMatchObject({ id_token: expect.any(String) });

    const { access_token: token = '', refresh_token = '' } = tokens ?? {};
    const userinfo = async () => {
      const headers = { authorization: `Bearer ${token}` };
      expect(await (await fetch(`${fourth.issuer}/userinfo`, { headers })).json()).toHaveProperty('sub');
    };
    expect(await trips(userinfo)).toEqual({ redis: 2, postgres: 2 });
    const introspection = async () => {
      expect(await ask(`${second.issuer}/introspect`, { token })).toMatchObject({ active: true });
    };
    expect(await trips(introspection)).toEqual({ redis: 2, postgres: 2 });
    const refresh = async () => {
      const renewed = await ask(`${fourth.issuer}/token`, { grant_type: 'refresh_token', refresh_token });
      expect(renewed).toHaveProperty('refresh_token');
    };
    expect(await trips(refresh)).toEqual({ redis: 3, postgres: 2 });
  });
});
