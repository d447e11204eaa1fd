import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, SignJWT } from 'jose';
import type { Registered } from '../../src/relying-parties/register-client.ts';
import { aProof, aProofKey } from '../oidc/proofs.ts';
import { ROUNDS } from '../support/amount.ts';
import { Application, type Tokens } from '../support/application.ts';
import { environmentFor, type Server, startServer } from '../support/processes.ts';
import { Visitor } from '../support/visitor.ts';
import { type World, wholeWorld } from '../support/world.ts';
import { type NaiveProcesses, naiveProcesses } from './naive-processes.ts';
import { signIn, someone } from './people.ts';

const TIMES = 20;
/** Each is answered by whole processes, twice over. */
const rounds = Math.ceil(ROUNDS / 2);
const KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** Two processes behind one issuer, somebody signed in there, and two applications. */
interface Site {
  issuer: string;
  urls: readonly [string, string];
  visitor: Visitor;
  application: Application;
  /** Who proves themselves by assertions (private_key_jwt). */
  asserting: string;
}

const folder = mkdtempSync(join(tmpdir(), 'preau-two-races-'));
let world: World;
let servers: Server[] = [];
let naive: NaiveProcesses;
let ours: Site;
let control: Site;

beforeAll(async () => {
  world = await wholeWorld();
  const environment = { ...environmentFor(world.stores, folder), PREAU_ISSUER: world.issuer };
  const jwk = { ...(await exportJWK(KEY.publicKey)), alg: 'ES256', use: 'sig' };
  const asserts = { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } };
  const [application, asserting] = [await world.register(), await world.register(asserts)];
  servers = await Promise.all([startServer(environment), startServer(environment)]);
  const [one, other] = servers.map(({ url }) => url) as [string, string];
  const visitor = world.visitor().through(one);
  await signIn(visitor, await someone(world));
  ours = {
    ...{ issuer: world.issuer, urls: [one, other], visitor, application },
    asserting: asserting.client.client_id,
  };
  control = await naiveSite(asserts);
  // The page of the first visit, and the control's sign-in.
  for (const site of [ours, control]) await site.application.through(site.urls[0]).ask(site.visitor);
}, 60_000);
afterAll(async () => {
  naive?.stop();
  await Promise.all(servers.map((server) => server.stop()));
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

async function naiveSite(asserts: { token_endpoint_auth_method: string; jwks: object }): Promise<Site> {
  const redirect_uris = ['http://localhost:3001/callback'];
  const grant_types = ['authorization_code', 'refresh_token'];
  const shared = {
    redirect_uris,
    grant_types,
    scope: 'openid profile school',
    id_token_signed_response_alg: 'ES256',
  };
  const client = { ...shared, client_id: 'control', client_secret: 'of-no-worth-in-a-test' };
  naive = await naiveProcesses([client, { ...shared, ...asserts, client_id: 'asserting' }] as never);
  const { issuer, urls } = naive;
  const application = new Application(issuer, client as unknown as Registered);
  return { issuer, urls, visitor: new Visitor(issuer, urls[0]), application, asserting: 'asserting' };
}

/** Twenty at once, every other one through the other process; how many of them won. */
async function race({ urls }: Site, attempt: (process: string) => Promise<boolean>): Promise<number> {
  const attempts = Array.from({ length: TIMES }, (_, index) => attempt(urls[index % 2] ?? ''));
  return (await Promise.all(attempts)).filter(Boolean).length;
}

const isOk = async (answer: Promise<Response>) => (await answer).ok;

async function aCode({ application, urls, visitor }: Site): Promise<string> {
  const { code } = await application.through(urls[0]).ask(visitor);
  if (!code) throw new Error('no code');
  return code;
}

async function tokens(site: Site): Promise<Tokens> {
  const answer = await site.application.through(site.urls[0]).exchange(await aCode(site));
  const given = (await answer.json()) as Tokens;
  if (!answer.ok || !given.refresh_token) throw new Error('no tokens');
  return given;
}

async function code(site: Site): Promise<number> {
  const its = await aCode(site);
  return race(site, (process) => isOk(site.application.through(process).exchange(its)));
}

async function refreshToken(site: Site): Promise<number> {
  const its = await tokens(site);
  return race(site, (process) => isOk(site.application.through(process).refresh(its)));
}

async function pushedRequest(site: Site): Promise<number> {
  const { application, visitor } = site;
  const asked = new URL(application.authorizationUrl(), site.issuer).searchParams;
  const pushed = await application.through(site.urls[1]).post('/par', Object.fromEntries(asked));
  const { request_uri } = (await pushed.json()) as { request_uri: string };
  const query = new URLSearchParams({ client_id: application.client.client_id, request_uri });
  return race(site, async (process) => {
    const { left } = await visitor.copy().through(process).open(`/authorize?${query}`);
    return left?.searchParams.has('code') === true;
  });
}

async function proof(site: Site): Promise<number> {
  const { application, issuer, urls } = site;
  const key = await aProofKey();
  const { client } = application;
  const basic = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64');
  const bound = await fetch(`${urls[0]}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}`, dpop: await aProof(key, `${issuer}/token`) },
    body: new URLSearchParams(application.exchangeForm(await aCode(site))),
  });
  const { access_token: accessToken } = (await bound.json()) as Tokens;
  const shown = await aProof(key, `${issuer}/userinfo`, { method: 'GET', accessToken });
  const headers = { authorization: `DPoP ${accessToken}`, dpop: shown };
  return race(site, (process) => isOk(fetch(`${process}/userinfo`, { headers })));
}

async function assertion({ issuer, asserting, ...site }: Site): Promise<number> {
  const client_assertion = await new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(asserting)
    .setSubject(asserting)
    .setAudience(issuer)
    .setIssuedAt()
    .setExpirationTime('60s')
    .sign(KEY.privateKey);
  const body = new URLSearchParams({
    ...{ client_id: asserting, client_assertion, response_type: 'code', scope: 'openid' },
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    redirect_uri: 'http://localhost:3001/callback',
    ...{ code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' },
  });
  return race({ issuer, asserting, ...site }, (process) =>
    isOk(fetch(`${process}/par`, { method: 'POST', body })),
  );
}

async function winners(act: (site: Site) => Promise<number>, site: Site): Promise<number[]> {
  const won: number[] = [];
  for (let round = 0; round < rounds; round += 1) won.push(await act(site));
  return won;
}

describe('twenty at once, through two whole processes', () => {
  it.each([
    ['a pushed request', pushedRequest],
    ['a DPoP proof', proof],
    ['a client assertion', assertion],
  ])(
    'show %s: one wins, and more of them do with the naive adapter',
    async (_, act) => {
      expect(new Set(await winners(act, ours))).toEqual(new Set([1]));
      expect(Math.max(...(await winners(act, control)))).toBeGreaterThan(1);
    },
    600_000,
  );

  it.each([
    ['a code', code],
    ['a refresh token', refreshToken],
  ])(
    'show %s: one wins at most, for the others end what it got',
    async (_, act) => {
      const won = await winners(act, ours);
      expect(Math.max(...won)).toBeLessThanOrEqual(1);
      // Where the machine lets a winner wait for long, those who lost have ended it before it began.
      expect(won.filter(Boolean).length).toBeGreaterThanOrEqual(Math.floor(rounds / 2));
      expect(Math.max(...(await winners(act, control)))).toBeGreaterThan(1);
    },
    600_000,
  );
});

it('shown by one alone, a refresh token of either process is worth another at each of them', async () => {
  const { application, urls } = ours;
  for (const [here, there] of [urls, [...urls].reverse()]) {
    const refreshed = async (its: Tokens, process = '') => {
      const answer = await application.through(process).refresh(its);
      expect(answer.status).toBe(200);
      return (await answer.json()) as Tokens;
    };
    await refreshed(await refreshed(await tokens(ours), here), there);
  }
}, 60_000);
