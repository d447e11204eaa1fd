import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, SignJWT } from 'jose';
import { createRotateSecret } from '../../src/relying-parties/rotate-secret.ts';
import { createSealing } from '../../src/storage/oidc/sealing.ts';
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

describe('private_key_jwt', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  async function aClient() {
    const jwk = { ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' };
    return test.register({ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } });
  }

  const assertion = (clientId: string, claims: Record<string, unknown> = {}) => {
    const now = Math.floor(Date.now() / 1000);
    const whose = { iss: clientId, sub: clientId, aud: test.issuer };
    return new SignJWT({ jti: randomUUID(), ...whose, iat: now, exp: now + 60, ...claims })
      .setProtectedHeader({ alg: 'ES256' })
      .sign(privateKey);
  };

  const push = (clientId: string, client_assertion: string, dpop?: string) =>
    fetch(`${test.issuer}/par`, {
      method: 'POST',
      headers: dpop ? { dpop } : {},
      body: new URLSearchParams({
        client_id: clientId,
        client_assertion,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        response_type: 'code',
        redirect_uri: 'http://localhost:3001/callback',
        scope: 'openid',
        code_challenge: 'a'.repeat(43),
        code_challenge_method: 'S256',
      }),
    });

  const unsigned = (payload: object) => `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.`;

  it('takes each assertion once, also 20 at once', async () => {
    const { client_id: clientId } = await aClient();
    for (let round = 0; round < 5; round += 1) {
      const proof = await assertion(clientId);
      const answers = await Promise.all(Array.from({ length: 20 }, () => push(clientId, proof)));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 401]));
    }
  });

  it.each([
    ['for the year 9999', { exp: 253_402_300_799 }, 401],
    ['for more than an hour, saying no beginning', { iat: undefined, exp: inSeconds(3700) }, 401],
    ['from the future', { iat: inSeconds(90), exp: inSeconds(120) }, 401],
    ['for an hour from a clock a little ahead', { iat: inSeconds(5), exp: inSeconds(3605) }, 201],
    ['that says no beginning', { iat: undefined, exp: inSeconds(300) }, 201],
  ])('answers to one %s', async (_, claims, status) => {
    const { client_id: clientId } = await aClient();
    const answer = await push(clientId, await assertion(clientId, claims));
    expect(answer.status).toBe(status);
    if (status === 401) expect(await answer.json()).toMatchObject({ error: 'invalid_client' });
  });

  it.each([
    ['no token at all', () => 'garbage'],
    ['unsigned and of its jti, made in 33 million years', (jti: string) => unsigned({ jti, iat: 1e15 })],
    ['unsigned and of its jti, made at no time', (jti: string) => unsigned({ jti, iat: 'now' })],
  ])('is told of a proof of possession beside it that is %s', async (_, proofOf) => {
    const { client_id: clientId } = await aClient();
    const jti = randomUUID();
    const answer = await push(clientId, await assertion(clientId, { jti }), proofOf(jti));
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_dpop_proof' }]);
    const name = createSealing(test.digests).nameOf('proof', JSON.stringify([clientId, jti]));
    const seconds = await test.stores.redis.ttl(`oidc:proof:${name}`);
    expect([seconds > 60, seconds < 600]).toEqual([true, true]);
  });

  it('refuses one of a Redis that was lost since', async () => {
    const { client_id: clientId } = await aClient();
    const hour = Math.floor(Date.now() / 1000) + 3600;
    const proofs = [await assertion(clientId), await assertion(clientId, { iat: undefined, exp: hour })];
    expect((await push(clientId, proofs[1] ?? '')).status).toBe(201);
    await test.stores.pool.query(`update redis_epoch set nonce = 'another'`);
    await test.stores.redis.disconnect(true);
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const proof of proofs) expect((await push(clientId, proof)).status).toBe(401);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await push(clientId, await assertion(clientId))).status).toBe(201);
  });
});

describe('a rotated secret', () => {
  it('works at once beside the former one, which ends', async () => {
    const client = await test.register();
    const from = { db: test.stores.db, digests: test.digests, now: test.now };
    const rotation = { clientId: client.client_id, overlapSeconds: 60 };
    const rotated = await createRotateSecret(from)(BY, rotation);
    if (rotated.outcome !== 'rotated') throw new Error(rotated.outcome);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const browser = test.browser();
    browser.person = `${lina.id} one`;
    for (const client_secret of [client.client_secret ?? '', rotated.secret]) {
      const rp = await RelyingParty.at(test.issuer, { ...client, client_secret });
      expect((await rp.signIn(browser)).access_token).toBeTruthy();
    }
    test.shift(61);
    const former = await RelyingParty.at(test.issuer, client);
    await expect(former.signIn(browser)).rejects.toMatchObject({ status: 401 });
    test.shift(-61);
  });
});

describe('a deleted client', () => {
  it('gets nothing more', async () => {
    const client = await test.register();
    const rp = await RelyingParty.at(test.issuer, client);
    const browser = test.browser();
    browser.person = `${lina.id} one`;
    const tokens = await rp.signIn(browser);
    await test.stores.pool.query(
      `update clients set deleted_at = now() where client_id = '${client.client_id}'`,
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    await expect(rp.refresh(tokens)).rejects.toMatchObject({ status: 401 });
    await expect(rp.userinfo(tokens)).rejects.toMatchObject({ status: 401 });
    const { response } = await browser.open((await rp.authorizationUrl()).url);
    expect(response.status).toBe(400);
  });
});

describe('a rotation of keys', () => {
  it('signs with the new one at once, and verifies what the old one signed', async () => {
    const rp = await RelyingParty.at(test.issuer, await test.register());
    const browser = test.browser();
    browser.person = `${lina.id} one`;
    const { id_token: hint = '' } = await rp.signIn(browser);
    const before = kidOf(hint);
    await test.stores.pool.query(`update signing_keys set state = 'old', old_at = now(),
      published_until = now() + interval '7 days' where alg = 'RS256'`);
    for (let waited = 0; waited < 10_000; waited += 100) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const { keys } = await (await fetch(`${test.issuer}/jwks`)).json();
      if (keys.length === 5) break;
    }
    const renewed = await RelyingParty.at(test.issuer, rp.client);
    expect(kidOf((await renewed.signIn(browser)).id_token ?? '')).not.toBe(before);
    expect((await browser.get(`/session/end?id_token_hint=${hint}`)).status).toBe(303);
  }, 30_000);
});

function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

function kidOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
}
