import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createSealing } from '../../src/storage/oidc/sealing.ts';
import type { Browser } from './browser.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson } from './people.ts';
import { aProof, aProofKey, type ProofKey } from './proofs.ts';
import { RelyingParty } from './relying-party.ts';

const PUBLIC = { token_endpoint_auth_method: 'none' };
let test: TestDoor;
let browser: Browser;
let key: ProofKey;
let rp: RelyingParty;

beforeAll(async () => {
  test = await openTestDoor();
  const lina = await aPerson(test);
  browser = test.browser();
  browser.person = `${lina.id} one`;
  rp = await RelyingParty.at(test.issuer, await test.register(PUBLIC));
}, 60_000);
afterAll(() => test.stop());
beforeEach(async () => {
  key = await aProofKey();
});

const tokenUrl = () => `${test.issuer}/token`;

interface Answer {
  status: number;
  body: Record<string, string>;
}

async function token(form: Record<string, string>, proof?: string): Promise<Answer> {
  const headers: Record<string, string> = proof ? { dpop: proof } : {};
  const body = new URLSearchParams({ client_id: rp.client.client_id, ...form });
  const response = await fetch(tokenUrl(), { method: 'POST', headers, body });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

async function aCode(parameters: Record<string, string> = {}): Promise<Record<string, string>> {
  const asked = await rp.authorizationUrl(parameters);
  const { left } = await browser.open(asked.url);
  return {
    grant_type: 'authorization_code',
    code: left?.searchParams.get('code') ?? '',
    redirect_uri: rp.client.redirect_uris[0] ?? '',
    code_verifier: asked.verifier,
  };
}

async function boundTokens(): Promise<Record<string, string>> {
  const { status, body } = await token(await aCode(), await aProof(key, tokenUrl()));
  expect([status, body.token_type]).toEqual([200, 'DPoP']);
  return body;
}

const refresh = (tokens: Record<string, string>, proof?: string) =>
  token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' }, proof);

function userinfo(accessToken: string, proof?: string, scheme = 'DPoP'): Promise<Response> {
  const headers = { authorization: `${scheme} ${accessToken}`, ...(proof && { dpop: proof }) };
  return fetch(`${test.issuer}/userinfo`, { headers });
}

const userinfoProof = (accessToken: string, by: ProofKey = key) =>
  aProof(by, `${test.issuer}/userinfo`, { method: 'GET', accessToken });

describe('an access token bound to a key (RFC 9449)', () => {
  it('opens userinfo with a proof of that key, and never without or with another’s', async () => {
    const { access_token: accessToken = '' } = await boundTokens();
    expect((await userinfo(accessToken, await userinfoProof(accessToken))).status).toBe(200);
    expect((await userinfo(accessToken, undefined, 'Bearer')).status).toBe(401);
    expect((await userinfo(accessToken)).status).toBe(400);
    const other = await aProofKey();
    expect((await userinfo(accessToken, await userinfoProof(accessToken, other))).status).toBe(401);
  });

  it('opens nothing with a proof that was seen, also 20 at once', async () => {
    const { access_token: accessToken = '' } = await boundTokens();
    const proof = await userinfoProof(accessToken);
    const answers = await Promise.all(Array.from({ length: 20 }, () => userinfo(accessToken, proof)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('opens nothing with a proof for another token', async () => {
    const [one, other] = [await boundTokens(), await boundTokens()];
    const proof = await userinfoProof(other.access_token ?? '');
    expect((await userinfo(one.access_token ?? '', proof)).status).toBe(401);
  });
});

/** What is kept of one in Redis. */
function nameOfProof(jti: string): string {
  const shown = JSON.stringify([rp.client.client_id, jti]);
  return `oidc:proof:${createSealing(test.digests).nameOf('proof', shown)}`;
}

describe('a proof', () => {
  it.each([
    ['of another method', { method: 'GET' }, undefined],
    ['of another address', {}, 'https://evil.example/token'],
    ['too old', { claims: { iat: Math.floor(Date.now() / 1000) - 400 } }, undefined],
    ['from the future', { claims: { iat: Math.floor(Date.now() / 1000) + 400 } }, undefined],
    ['of another type', { header: { typ: 'jwt' } }, undefined],
    ['without jti', { claims: { jti: '' } }, undefined],
  ])('%s is refused', async (_, given, url) => {
    const proof = await aProof(key, url ?? tokenUrl(), given);
    const { status, body } = await token(await aCode(), proof);
    expect([status, body.error]).toEqual([400, 'invalid_dpop_proof']);
  });

  it('under no key of its own, or none at all, is refused', async () => {
    const unsigned = `${Buffer.from('{"alg":"none","typ":"dpop+jwt"}').toString('base64url')}.e30.`;
    const stranger = { ...key, jwk: (await aProofKey()).jwk };
    for (const proof of [unsigned, 'garbage', await aProof(stranger, tokenUrl())])
      expect((await token(await aCode(), proof)).body.error).toBe('invalid_dpop_proof');
  });

  it('of another key than the code was asked for is refused, and the code is used up', async () => {
    const named = await aProofKey();
    const code = await aCode({ dpop_jkt: named.thumbprint });
    const { body } = await token(code, await aProof(key, tokenUrl()));
    expect(body.error).toBe('invalid_grant');
    const again = await token(code, await aProof(named, tokenUrl()));
    expect(again.body.error).toBe('invalid_grant');
  });

  it('from a clock ahead of ours is remembered for as long as it may be shown', async () => {
    const iat = Math.floor(Date.now() / 1000) + 250;
    const jti = randomUUID();
    const { status } = await token(await aCode(), await aProof(key, tokenUrl(), { claims: { jti, iat } }));
    expect(status).toBe(200);
    expect(await test.stores.redis.ttl(nameOfProof(jti))).toBeGreaterThan(540);
  });

  it('from before Redis lost what it had is refused', async () => {
    const proof = await aProof(key, tokenUrl());
    const { access_token: accessToken = '' } = await boundTokens();
    const claims = { jti: randomUUID(), iat: Math.floor(Date.now() / 1000) + 250 };
    const given = { method: 'GET', accessToken, claims };
    const ahead = await aProof(key, `${test.issuer}/userinfo`, given);
    expect((await userinfo(accessToken, ahead)).status).toBe(200);
    await test.stores.redis.del(nameOfProof(claims.jti));
    await test.stores.pool.query(`update redis_epoch set nonce = 'another'`);
    test.stores.redis.disconnect(true);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const { body } = await token(await aCode(), proof);
    expect(body).toMatchObject({ error: 'invalid_grant' });
    expect((await userinfo(accessToken, ahead)).status).toBe(401);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const { access_token: next = '' } = await boundTokens();
    expect((await userinfo(next, await userinfoProof(next))).status).toBe(200);
  });
});

describe('a refresh token', () => {
  it('of a public client with a key stays, and works with that key alone', async () => {
    const tokens = await boundTokens();
    for (let round = 0; round < 3; round += 1) {
      const { status, body } = await refresh(tokens, await aProof(key, tokenUrl()));
      expect([status, body.token_type]).toEqual([200, 'DPoP']);
      expect(body.refresh_token ?? tokens.refresh_token).toBe(tokens.refresh_token);
    }
    expect((await refresh(tokens)).body.error).toBe('invalid_grant');
    const other = await aProof(await aProofKey(), tokenUrl());
    expect((await refresh(tokens, other)).body.error).toBe('invalid_grant');
    expect((await refresh(tokens, await aProof(key, tokenUrl()))).status).toBe(200);
  });

  it('shown 20 times at once with proofs of their own gives 20 access tokens, with one proof 1', async () => {
    const tokens = await boundTokens();
    const times = Array.from({ length: 20 });
    const proofs = await Promise.all(times.map(() => aProof(key, tokenUrl())));
    const each = await Promise.all(proofs.map((proof) => refresh(tokens, proof)));
    expect(each.filter(({ status }) => status === 200)).toHaveLength(20);
    const proof = await aProof(key, tokenUrl());
    const same = await Promise.all(times.map(() => refresh(tokens, proof)));
    expect(same.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('writes a line for each answer, and ends with its session', async () => {
    const tokens = await boundTokens();
    const lines = async () => {
      const { rows } = await test.stores.pool.query(
        'select count(*)::int as n from disclosures where kind = 4',
      );
      return rows[0].n as number;
    };
    const before = await lines();
    await refresh(tokens, await aProof(key, tokenUrl()));
    expect(await lines()).toBe(before + 1);
    await test.stores.pool.query('update sessions set ended_at = now()');
    expect((await refresh(tokens, await aProof(key, tokenUrl()))).body.error).toBe('invalid_grant');
  });

  it('of a public client without a key rotates', async () => {
    const bearer = (await token(await aCode())).body;
    const renewed = (await refresh(bearer)).body;
    expect(renewed.refresh_token).not.toBe(bearer.refresh_token);
    expect((await refresh(bearer)).body.error).toBe('invalid_grant');
  });
});

describe('a client registered as bound to keys', () => {
  it('gets no token without one, and keeps its refresh token', async () => {
    const client = await test.register({ dpop_bound_access_tokens: true });
    const confidential = await RelyingParty.at(test.issuer, client);
    const asked = await confidential.authorizationUrl();
    const { left } = await browser.open(asked.url);
    await expect(confidential.exchange(left ?? asked.url, asked)).rejects.toMatchObject({ status: 400 });
  });

  it('only later, and public, has no token that stays and is anybody’s who holds it', async () => {
    const bearer = (await token(await aCode())).body;
    const { client_id } = rp.client;
    const { rowCount } = await test.stores.pool.query(
      `update clients set metadata = metadata || '{"dpop_bound_access_tokens": true}' where client_id = $1`,
      [client_id],
    );
    expect(rowCount).toBe(1);
    await test.door.registry.catchUp();
    expect((await refresh(bearer)).body.error).toBe('invalid_grant');
    const renewed = (await refresh(bearer, await aProof(key, tokenUrl()))).body;
    expect(renewed.refresh_token).not.toBe(bearer.refresh_token);
    const thief = await aProof(await aProofKey(), tokenUrl());
    expect((await refresh(bearer, thief)).body.error).toBe('invalid_grant');
  });
});
