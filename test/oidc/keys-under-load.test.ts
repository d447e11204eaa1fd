import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, type JWK, jwtVerify } from 'jose';
import defaults from '../../config/default.json' with { type: 'json' };
import type { Settings } from '../../src/config.ts';
import { promoteKeys, publishNextKeys, revokeKey } from '../../src/oidc/key-rotation.ts';
import { watchKeys } from '../../src/oidc/key-watch.ts';
import { publicPartOf, SIGNING_ALGS, type SigningAlg, type SigningJwk } from '../../src/oidc/signing-keys.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { doneBy, OPERATOR, runKeys } from './keys-support.ts';
import { aPerson, type Person } from './people.ts';
import { RelyingParty } from './relying-party.ts';

const config = { lifetimes: defaults.lifetimes as Settings['lifetimes'] };
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let test: TestDoor;
/** What another process publishes, which hears of each change late: a load balancer sends anybody there. */
let late: readonly SigningJwk[] = [];
let watch: { stop(): void };
let lina: Person;
beforeAll(async () => {
  test = await openTestDoor();
  lina = await aPerson(test);
  const orders = {
    onChange: (tell: Parameters<typeof test.orders.onChange>[0]) => test.orders.onChange(lateTo(tell)),
  };
  const heard = await watchKeys({ ...from(), orders, logger: { warn: () => {} } }, ({ keys }) => {
    late = keys;
  });
  late = heard.first.keys;
  watch = heard;
}, 60_000);
afterAll(async () => {
  watch.stop();
  await test.stop();
});

const from = () => ({ ...test, db: test.stores.db, config: { ...config, issuer: test.issuer } });

type PublishedKey = JWK & { kid: string; alg: string };

async function jwks(): Promise<{ keys: PublishedKey[] }> {
  return (await fetch(`${test.issuer}/jwks`)).json();
}

async function publishedKids(): Promise<string[]> {
  return (await jwks()).keys.map(({ kid }) => kid);
}

async function untilPublished(kids: readonly string[]): Promise<void> {
  for (;;) {
    const published = await publishedKids();
    if (kids.every((kid) => published.includes(kid))) return;
    await pause(20);
  }
}

/** A relying party that keeps the published keys and asks for them again at a kid it does not know. */
class Verifier {
  #keys: JSONWebKeySet = { keys: [] };
  readonly kids = new Set<string>();

  async verify(token: string, audience: string): Promise<void> {
    const { kid = '' } = decodeProtectedHeader(token);
    this.kids.add(kid);
    if (!this.#keys.keys.some((key) => key.kid === kid)) this.#keys = { keys: late.map(publicPartOf) };
    await jwtVerify(token, createLocalJWKSet(this.#keys), { issuer: test.issuer, audience });
  }
}

async function aRelyingParty(alg: SigningAlg): Promise<RelyingParty> {
  const scope = 'openid profile email school offline_access';
  const grant_types = ['authorization_code', 'refresh_token'];
  const metadata = {
    id_token_signed_response_alg: alg,
    userinfo_signed_response_alg: undefined,
    scope,
    grant_types,
  };
  return RelyingParty.at(test.issuer, await test.register(metadata));
}

describe('what is published', () => {
  it('is the same in the JWKS and in discovery, and holds no private part', async () => {
    const discovery = await (await fetch(`${test.issuer}/.well-known/openid-configuration`)).json();
    expect(discovery.jwks_uri).toBe(`${test.issuer}/jwks`);
    const { keys } = await jwks();
    expect(keys.map(({ alg }) => alg)).toEqual([...SIGNING_ALGS]);
    expect(new Set(keys.map(({ alg }) => alg))).toEqual(
      new Set(discovery.id_token_signing_alg_values_supported),
    );
    for (const key of keys) {
      expect(key).toMatchObject({ use: 'sig', kid: expect.any(String) });
      for (const part of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(key).not.toHaveProperty(part);
    }
  });

  it('holds a next key that does not sign, and no longer one that was revoked', async () => {
    const rp = await aRelyingParty('EdDSA');
    const browser = test.browser();
    browser.person = `${lina.id} one`;
    const [made] = await publishNextKeys(from(), OPERATOR, { algs: ['EdDSA'] });
    const next = made?.kid ?? '';
    await untilPublished([next]);
    expect((await publishedKids()).at(-1)).toBe(next);
    const { id_token: token = '' } = await rp.signIn(browser);
    expect(decodeProtectedHeader(token).kid).not.toBe(next);
    await revokeKey(from(), OPERATOR, { kid: next, reason: 'test' });
    while ((await publishedKids()).includes(next)) await pause(20);
  });

  it('promotes what another process promoted: the same kids in other states make another engine', async () => {
    const before = test.door.provider();
    const [made] = await publishNextKeys(from(), OPERATOR, { algs: ['ES256'] });
    await untilPublished([made?.kid ?? '']);
    const published = test.door.provider();
    expect(published).not.toBe(before);
    await promoteKeys(from(), OPERATOR, { algs: ['ES256'], publishedBy: test.now() });
    while (test.door.provider() === published) await pause(20);
    const kids = (await jwks()).keys.filter(({ alg }) => alg === 'ES256').map(({ kid }) => kid);
    expect(kids[0]).toBe(made?.kid);
    expect(kids).toHaveLength(2);
  });
});

const LATE = 150;
let lateBy = LATE;
function lateTo<Told>(tell: (told: Told) => void): (told: Told) => void {
  return (told) => void setTimeout(() => tell(told), lateBy).unref();
}

describe('ten rotations under load', () => {
  it('lose no sign-in, no refresh and no verification of three relying parties', async () => {
    const { flows, failures, kids } = await underLoad(async () => {
      for (let round = 0; round < 10; round += 1)
        await rotateNow(round % 5 === 0 ? [...SIGNING_ALGS] : ['ES256', 'EdDSA'], 4 * LATE);
    });
    expect(failures).toEqual([]);
    expect(flows).toBeGreaterThan(30);
    expect(kids.map((seen) => seen.size > 1)).toEqual([true, true, true]);
    const current = (await jwks()).keys.slice(0, 4).map(({ alg }) => alg);
    expect(current).toEqual([...SIGNING_ALGS]);
  }, 60_000);

  it('would lose some if a key signed before every process published it: the control', async () => {
    lateBy = 4000;
    // What was on its way before would bring the news early.
    await pause(2 * LATE);
    const { failures } = await underLoad(async (load) => {
      await rotateNow(['RS256', 'ES256', 'EdDSA'], 0);
      const end = performance.now() + lateBy;
      while (load.failures.length === 0 && performance.now() < end) await pause(20);
    });
    expect(failures.map(String).join()).toContain('JWKSNoMatchingKey');
  }, 60_000);
});

async function rotateNow(alg: string[], silenceMilliseconds: number): Promise<void> {
  await doneBy(runKeys(from(), 'rotate', { options: { alg, now: true }, silenceMilliseconds }));
}

/** Three relying parties with an alg of each kind sign in, verify and refresh until the act is over. */
async function underLoad(act: (load: { readonly failures: readonly unknown[] }) => Promise<void>) {
  const load = { isOver: false, flows: 0, failures: [] as unknown[] };
  const algs = ['RS256', 'ES256', 'EdDSA'] as const;
  const parties = await Promise.all(algs.map(aRelyingParty));
  const verifiers = algs.map(() => new Verifier());
  const use = async (rp: RelyingParty, verifier: Verifier) => {
    const browser = test.browser();
    browser.person = `${lina.id} one`;
    while (!load.isOver) {
      await useOnce(rp, { browser, verifier }).catch(async (error) => load.failures.push(await told(error)));
      load.flows += 1;
    }
  };
  const users = parties.map((rp, index) => use(rp, verifiers[index] ?? new Verifier()));
  await act(load).finally(() => {
    load.isOver = true;
  });
  await Promise.all(users);
  return { ...load, kids: verifiers.map(({ kids }) => kids) };
}

/** The error with what the server answered: a failure that does not say why cannot be mended. */
async function told(error: unknown): Promise<unknown> {
  const answer = error instanceof Error ? error.cause : undefined;
  if (!(answer instanceof Response)) return error;
  return `${error}: ${answer.url} ${answer.status} ${answer.bodyUsed ? '' : await answer.text()}`;
}

async function useOnce(
  rp: RelyingParty,
  { browser, verifier }: { browser: ReturnType<TestDoor['browser']>; verifier: Verifier },
): Promise<void> {
  const tokens = await rp.signIn(browser, { scope: 'openid profile offline_access', prompt: 'consent' });
  await verifier.verify(tokens.id_token ?? '', rp.client.client_id);
  await rp.userinfo(tokens);
  const renewed = await rp.refresh(tokens);
  if (renewed.id_token) await verifier.verify(renewed.id_token, rp.client.client_id);
}
