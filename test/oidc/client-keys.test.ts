import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { exportJWK, type JWK, SignJWT } from 'jose';
import { selectClientsVersion } from '../../src/relying-parties/store.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { type Listener, listen } from './listener.ts';

let test: TestDoor;
let keysAddress: Listener;
let asked: number;
let shifted: number;

beforeAll(async () => {
  test = await openTestDoor({ remote: { allowsLoopback: true } });
}, 60_000);
afterAll(() => test.stop());
beforeEach(async () => {
  keysAddress = await listen();
  [asked, shifted] = [0, 0];
});
afterEach(async () => {
  pass(-shifted);
  await keysAddress.stop();
});

interface Key {
  kid: string;
  privateKey: KeyObject;
  jwk: JWK;
}

async function aKey(): Promise<Key> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = randomUUID();
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
}

function publish(...keys: Key[]): void {
  const inADay = new Date(Date.now() + 86_400_000).toUTCString();
  answerWith(200, { keys: keys.map(({ jwk }) => jwk) }, { expires: inADay });
}

function answerWith(status: number, body: object, headers: Record<string, string> = {}): void {
  keysAddress.answer((response) => {
    asked += 1;
    response.writeHead(status, headers).end(JSON.stringify(body));
  });
}

function pass(seconds: number): void {
  test.shift(seconds);
  shifted += seconds;
}

async function aClient(): Promise<string> {
  const metadata = { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: keysAddress.url };
  return (await test.register(metadata)).client_id;
}

/** What a pushed request is answered that is signed with this key. */
async function statusWith({ kid, privateKey }: Key, clientId: string, { issuer } = test): Promise<number> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { jti: randomUUID(), iss: clientId, sub: clientId, aud: issuer };
  const client_assertion = await new SignJWT({ ...claims, iat: now, exp: now + 60 })
    .setProtectedHeader({ alg: 'ES256', kid })
    .sign(privateKey);
  const { status } = await fetch(`${issuer}/par`, {
    method: 'POST',
    body: new URLSearchParams({
      ...{ client_id: clientId, client_assertion, response_type: 'code', scope: 'openid' },
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      redirect_uri: 'http://localhost:3001/callback',
      ...{ code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' },
    }),
  });
  return status;
}

it('a key that its owner withdrew is good for five minutes at most, whatever the answer’s headers allow', async () => {
  const [one, other] = [await aKey(), await aKey()];
  publish(one, other);
  const clientId = await aClient();
  expect(await statusWith(one, clientId)).toBe(201);
  publish(other);
  pass(301);
  expect(await statusWith(one, clientId)).toBe(401);
  expect(await statusWith(other, clientId)).toBe(201);
});

it('keys are fetched from no private address, whoever is registered with one', async () => {
  const key = await aKey();
  publish(key);
  const clientId = await aClient();
  const strict = await openTestDoor({ stores: test.stores });
  await strict.door.registry.upTo(await selectClientsVersion(test.stores.db));
  const status = await statusWith(key, clientId, strict).finally(() => strict.stop());
  expect([status, asked]).toEqual([401, 0]);
  expect(await statusWith(key, clientId)).toBe(201);
});

it('a new key is taken within a minute, whatever the answer’s headers allow', async () => {
  const [one, next] = [await aKey(), await aKey()];
  publish(one);
  const clientId = await aClient();
  expect(await statusWith(one, clientId)).toBe(201);
  publish(one, next);
  expect(await statusWith(next, clientId)).toBe(401);
  expect(asked).toBe(1);
  pass(61);
  expect(await statusWith(next, clientId)).toBe(201);
  expect(asked).toBe(2);
});

it('an address that fails locks nobody out for a quarter of an hour, and is asked once a minute', async () => {
  const key = await aKey();
  publish(key);
  const clientId = await aClient();
  expect(await statusWith(key, clientId)).toBe(201);
  answerWith(500, { keys: [] });
  pass(301);
  for (let round = 0; round < 5; round += 1) expect(await statusWith(key, clientId)).toBe(201);
  expect(asked).toBe(2);
  pass(540);
  expect(await statusWith(key, clientId)).toBe(201);
  pass(60);
  expect(await statusWith(key, clientId)).not.toBe(201);
});

it('a client whose address failed at first gets in once it answers', async () => {
  const key = await aKey();
  answerWith(500, { error: 'not yet' });
  const clientId = await aClient();
  expect(await statusWith(key, clientId)).toBe(401);
  publish(key);
  await expectSoon(201, () => {
    pass(11);
    return statusWith(key, clientId);
  });
}, 30_000);

/** What failed is asked again after ten seconds by everybody's clock. */
async function expectSoon(status: number, ask: () => Promise<number>): Promise<void> {
  let answered = await ask();
  for (let waited = 0; answered !== status && waited < 15_000; waited += 500) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    answered = await ask();
  }
  expect(answered).toBe(status);
}
