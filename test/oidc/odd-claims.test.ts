import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { exportJWK, SignJWT } from 'jose';
import * as oidc from 'openid-client';
import { PERSONAL_CLAIMS } from '../../src/relying-parties/scopes.ts';
import { SEEDS, SEQUENCES } from '../support/amount.ts';
import type { Browser } from './browser.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson } from './people.ts';
import { type Asked, RelyingParty } from './relying-party.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let test: TestDoor;
let rp: RelyingParty;
let signedIn: Browser;

beforeAll(async () => {
  test = await openTestDoor({ requestObjects: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'ours', alg: 'ES256', use: 'sig' };
  rp = await RelyingParty.at(test.issuer, await test.register({ jwks: { keys: [jwk] } }));
  signedIn = test.browser();
  signedIn.person = `${(await aPerson(test)).id} one`;
  await rp.signIn(signedIn);
  // From here on a page that asks for a sign-in is where the way ends.
  signedIn.person = '';
}, 60_000);
afterAll(() => test.stop());

/** The ways a request may come: as it stands, pushed, or in an object that its client signed. */
const WAYS = {
  plain: async ({ url }: Asked) => url,
  pushed: async ({ url }: Asked) =>
    oidc.buildAuthorizationUrlWithPAR(rp.config, Object.fromEntries(url.searchParams)),
  signed: async ({ url }: Asked) => {
    const parameters = Object.fromEntries(url.searchParams);
    const request = await new SignJWT({ ...parameters, iss: rp.client.client_id, aud: test.issuer })
      .setProtectedHeader({ alg: 'ES256', kid: 'ours' })
      .sign(privateKey);
    const { client_id = '', redirect_uri = '', response_type = '', scope = '' } = parameters;
    const query = new URLSearchParams({ client_id, redirect_uri, response_type, scope, request });
    return new URL(`${test.issuer}/authorize?${query}`);
  },
};
type Way = keyof typeof WAYS;

interface Asking {
  way: Way;
  claims: string;
  prompt?: string | undefined;
}

/** How it ends: a code, tokens and their claims; an error at the relying party; a page of Préau. */
async function outcomeOf({ way, claims, prompt }: Asking, browser = signedIn.copy()): Promise<string> {
  const asked = await rp.authorizationUrl({ claims, ...(prompt && { prompt }) });
  let url: URL;
  try {
    url = await WAYS[way](asked);
  } catch (error) {
    return (error as { error: string }).error;
  }
  const { left, response } = await browser.open(url);
  if (!left) return `page ${response.status}`;
  if (!left.searchParams.has('code')) return left.searchParams.get('error') ?? 'nothing';
  await rp.userinfo(await rp.exchange(left, asked));
  return 'tokens';
}

const way = fc.constantFrom(...(Object.keys(WAYS) as Way[]));
const prompt = fc.constantFrom(undefined, 'none');
const names = fc.oneof(
  fc.constantFrom(...PERSONAL_CLAIMS, 'sub', 'acr', 'auth_time', 'amr', 'sid', 'iss', 'aud', 'exp', 'nonce'),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', '', '\0', '\ud800'),
  fc.string({ maxLength: 8 }),
);
const anything = fc.jsonValue({ maxDepth: 2 });
const member = fc.oneof(
  fc.constant(null),
  fc.record(
    {
      essential: fc.oneof(fc.boolean(), anything),
      value: fc.oneof(fc.constantFrom('urn:preau:acr:one', 'urn:preau:acr:two'), anything),
      values: fc.oneof(fc.array(fc.constantFrom('urn:preau:acr:one', 'urn:preau:acr:two')), anything),
    },
    { requiredKeys: [] },
  ),
);
const dictionaryOf = (value: fc.Arbitrary<unknown>) => fc.dictionary(names, value, { maxKeys: 4 });
const lawful = fc.oneof(
  fc.record(
    { id_token: dictionaryOf(member), userinfo: dictionaryOf(member) },
    { requiredKeys: ['id_token'] },
  ),
  fc.record({ userinfo: dictionaryOf(member) }),
);
const unlawfulMember = anything.filter((value) => typeof value !== 'object' || Array.isArray(value));
/** Beside whatever is lawful, one member that is neither null nor an object. */
const unlawful = fc
  .tuple(lawful, fc.constantFrom('id_token', 'userinfo'), names, unlawfulMember)
  .map(([claims, part, name, value]) => {
    const members = Object.entries((claims as Record<string, object>)[part] ?? {});
    return JSON.stringify({ ...claims, [part]: Object.fromEntries([...members, [name, value]]) });
  });
const nonsense = fc.oneof(
  fc.string({ minLength: 1 }),
  fc
    .oneof(
      anything,
      fc.record({ id_token: dictionaryOf(anything), userinfo: anything }, { requiredKeys: [] }),
    )
    .map((value) => JSON.stringify(value)),
);

const RUNS = Math.max(20, Math.round(SEQUENCES / 20));

describe.each(SEEDS)('the claims parameter, seed %i', (seed) => {
  const amount = { seed, numRuns: RUNS };

  it('is answered where it is lawful, however odd, to the last claim', async () => {
    const ends = ['tokens', 'login_required', 'unmet_authentication_requirements'];
    const asking = fc.record({ way, prompt, claims: lawful.map((claims) => JSON.stringify(claims)) });
    await fc.assert(
      fc.asyncProperty(asking, async (given) => {
        const outcome = await outcomeOf(given);
        // Another subject or a stronger acr: a page asks for it, unless none may.
        expect([...ends, ...(given.prompt ? [] : ['page 200'])]).toContain(outcome);
      }),
      amount,
    );
  }, 120_000);

  it('is refused, back at the relying party, where a member is neither null nor an object', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record({ way, prompt, claims: unlawful }), async (given) => {
        expect(await outcomeOf(given)).toBe('invalid_request');
      }),
      amount,
    );
  }, 120_000);

  it('is never what breaks Préau, for somebody or for nobody', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record({ way, prompt, claims: nonsense }), async (given) => {
        for (const browser of [signedIn.copy(), test.browser()])
          expect(await outcomeOf(given, browser)).not.toMatch(/server_error|page 5/);
      }),
      amount,
    );
  }, 120_000);
});

describe('a subject that is asked for by a word and not by an object', () => {
  it.each(Object.keys(WAYS) as Way[])('is refused silently or not, also of nobody: %s', async (by) => {
    for (const sub of ['x', 5, true, [], [{}]])
      for (const browser of [signedIn.copy(), test.browser()])
        for (const wish of [undefined, 'none']) {
          const claims = JSON.stringify({ id_token: { sub } });
          expect(await outcomeOf({ way: by, claims, prompt: wish }, browser)).toBe('invalid_request');
        }
  });
});
