import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { PERSONAL_CLAIMS } from '../../src/relying-parties/scopes.ts';
import { SEEDS, SEQUENCES } from '../support/amount.ts';
import { castOf, LYON, PARIS } from './contracts-cast.ts';
import {
  createBrowsers,
  createOidcClient,
  type Line,
  type OidcClient,
  type Tokens,
} from './contracts-model.ts';
import {
  type Claims,
  childrenSpokenOf,
  claimsInScope,
  type Drawn,
  inOrder,
  isAdmitted,
  type Somebody,
  whatIsSaid,
} from './contracts-oracle.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';

let test: TestDoor;
let cast: Somebody[];
let clients: OidcClient[];
let browserOf: ReturnType<typeof createBrowsers>;

beforeAll(async () => {
  test = await openTestDoor();
  cast = await castOf(test);
  clients = [await createOidcClient(test, false), await createOidcClient(test, true)];
  browserOf = createBrowsers(test);
}, 60_000);
afterAll(() => test.stop());

/** What of an answer is the protocol's and says nothing of a person that the sign-in did not. */
const PROTOCOL = {
  idToken: ['acr', 'amr', 'at_hash', 'aud', 'auth_time', 'exp', 'iat', 'iss', 'sid', 'sub'],
  userinfo: ['sub'],
  introspection: ['active', 'client_id', 'exp', 'iat', 'iss', 'scope', 'sub', 'token_type'],
};
const NEVER = ['birthdate', 'phone_number', 'address', 'picture', 'ine', 'updated_at', 'nickname'];
const PERSONA = 6;

// Children are for guardians alone: no other contract is ever taken (terms.ts).
const names = fc.subarray(PERSONAL_CLAIMS.filter((claim) => claim !== 'children'));
const asked = fc
  .subarray([...PERSONAL_CLAIMS, ...NEVER])
  .map((list) => Object.fromEntries(list.map((claim) => [claim, null])));
const contractIn = (...states: Drawn['state'][]): fc.Arbitrary<Drawn> =>
  fc.record({
    claims: fc.record({
      ...{ pupil: names, guardian: fc.subarray([...PERSONAL_CLAIMS]), teacher: names, staff: names },
    }),
    openTo: fc.option(
      fc.constantFrom(
        { establishments: [PARIS], academies: [] },
        { establishments: [LYON], academies: [] },
        { establishments: [], academies: ['Lyon'] },
        { establishments: [LYON], academies: ['Paris'] },
      ),
    ),
    minimum: fc.option(fc.constantFrom('urn:preau:acr:one', 'urn:preau:acr:two')),
    state: fc.constantFrom(...states),
  });
const MOMENTS = ['authorize', 'exchange', 'userinfo', 'refresh', 'introspection'] as const;
type Moment = (typeof MOMENTS)[number];

const scenario = fc.record({
  contract: contractIn('approved', 'approved', 'approved', 'sandbox', 'requested', 'suspended', 'ended'),
  /** The contract becomes another just before. */
  turn: fc.option(
    fc.record({
      at: fc.constantFrom('exchange', 'userinfo', 'refresh', 'introspection'),
      contract: contractIn('approved', 'approved', 'sandbox', 'requested', 'suspended', 'ended'),
    }),
  ),
  who: fc.oneof(fc.nat({ max: PERSONA - 1 }), fc.nat({ max: PERSONA - 1 }), fc.constant(PERSONA)),
  acr: fc.constantFrom('one', 'two'),
  scope: fc.subarray(['profile', 'email', 'school']).map((list) => ['openid', ...list].join(' ')),
  idToken: asked,
  userinfo: asked,
  inIdToken: fc.boolean(),
  goesOn: fc.boolean(),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

interface Turn {
  readonly given: Scenario;
  readonly client: OidcClient;
  readonly who: Somebody;
  /** A persona plays somebody who gave both factors. */
  readonly acr: 'one' | 'two';
}

describe('what a relying party gets', () => {
  it.each(SEEDS)(
    'is exactly contract, scope and request, as the contract stands at each step, and stands in the ledger (seed %i)',
    async (seed) => {
      const numRuns = Math.ceil(SEQUENCES / SEEDS.length);
      await fc.assert(fc.asyncProperty(scenario, play), { numRuns, seed });
    },
    3_600_000,
  );
});

async function play(given: Scenario): Promise<void> {
  const client = clients[given.inIdToken ? 1 : 0];
  const who = cast[given.who];
  if (!client || !who) throw new Error('nobody');
  const turn: Turn = { given, client, who, acr: who.isPersona ? 'two' : given.acr };
  await client.under(given.contract);
  await client.newLines();

  const form = await client.authorize({ browser: browserOf(who, turn.acr), who }, given);
  await expectStep(turn, 'authorize', form && {});
  if (!form) return;

  await becomes(turn, 'exchange');
  const tokens = await client.exchange(form);
  await expectStep(turn, 'exchange', tokens?.idToken);
  if (!tokens) return;

  await becomes(turn, 'userinfo');
  await expectStep(turn, 'userinfo', await client.userinfo(tokens));
  if (given.goesOn) await goOn(turn, tokens);
}

async function goOn(turn: Turn, tokens: Tokens): Promise<void> {
  const { client } = turn;
  await becomes(turn, 'refresh');
  const renewed = await client.refresh(tokens);
  await expectStep(turn, 'refresh', renewed?.idToken);
  await becomes(turn, 'introspection');
  await expectStep(turn, 'introspection', await client.introspect(renewed ?? tokens));
}

async function becomes({ given, client }: Turn, at: Moment): Promise<void> {
  if (given.turn?.at === at) await client.under(given.turn.contract);
}

function contractAt({ contract, turn }: Scenario, at: Moment): Drawn {
  return turn && MOMENTS.indexOf(turn.at) <= MOMENTS.indexOf(at) ? turn.contract : contract;
}

/** That it was let through or refused as it should be, said what it should, and that this was written down. */
async function expectStep(turn: Turn, at: Moment, answer: Claims | undefined): Promise<void> {
  const { given, client, who, acr } = turn;
  const isLetThrough = answer !== undefined;
  const lines = inOrder(await client.newLines());
  expect({ given, at, isLetThrough }).toEqual({
    ...{ given, at, isLetThrough: isAdmitted(contractAt(given, at), who, acr) },
  });
  if (!isLetThrough || at === 'authorize')
    return expect({ given, at, lines }).toEqual({ given, at, lines: [] });
  const said = saidIn(at, answer);
  const should = whatShouldBeSaid(turn, at, answer);
  expect({ given, at, said, lines }).toEqual({ given, at, said: should, lines: linesOf(turn, at, should) });
  expect(answer.sub).toBe(client.aliases.of(`sub of ${who.id}`, answer.sub as string));
  if (at === 'exchange' || at === 'refresh') expect(answer.acr).toBe(`urn:preau:acr:${acr}`);
}

/** All but what is the protocol's own. */
function saidIn(at: Moment, answer: Claims): Claims {
  const own = PROTOCOL[at === 'userinfo' || at === 'introspection' ? at : 'idToken'];
  const said = Object.entries(answer).filter(([claim]) => !own.includes(claim));
  return Object.fromEntries(
    said.map(([claim, value]) => [claim, Array.isArray(value) ? inOrder(value) : value]),
  );
}

function whatShouldBeSaid({ given, client, who }: Turn, at: Moment, told: Claims): Claims {
  if (at === 'introspection') return {};
  const inScope = claimsInScope(given.scope);
  const asked =
    at === 'userinfo'
      ? [...inScope, ...Object.keys(given.userinfo)]
      : [...(client.claimsInIdToken ? inScope : []), ...Object.keys(given.idToken)];
  return whatIsSaid({ contract: contractAt(given, at), who, asked, aliases: client.aliases }, told);
}

/** One about the person, and one about each child that was spoken of. */
function linesOf({ given, who }: Turn, at: Moment, said: Claims): Line[] {
  const kind = at === 'exchange' ? 'id-token' : at;
  const own = { person: who.number, kind, fields: ['sub', ...Object.keys(said)].sort() };
  const children = 'children' in said ? childrenSpokenOf(contractAt(given, at), who) : [];
  const fields = ['child_of', 'establishments', 'given_name', 'sub'];
  return inOrder([own, ...children.map(({ number: person }) => ({ person, kind, fields }))]);
}

describe('a contract that becomes another on the way', () => {
  const all = PERSONAL_CLAIMS.filter((claim) => claim !== 'children');
  const open: Drawn = {
    claims: { pupil: all, guardian: [...PERSONAL_CLAIMS], teacher: all, staff: all },
    ...{ openTo: null, minimum: null, state: 'approved' },
  };
  const first = { who: 0, contract: open };
  const persona = { who: PERSONA, contract: { ...open, state: 'sandbox' as const } };
  const MEANWHILE = [
    ['on trial, with what somebody real holds', first, { state: 'sandbox' }],
    ['on trial until it is approved, with what somebody real holds', first, { state: 'requested' }],
    ['approved, with what a persona holds', persona, { state: 'approved' }],
    ['suspended', first, { state: 'suspended' }],
    ['open to other schools', first, { openTo: { establishments: [LYON], academies: [] } }],
    ['one for a stronger sign-in', first, { minimum: 'urn:preau:acr:two' }],
    ['one of no claims', first, { claims: { pupil: [], guardian: [], teacher: [], staff: [] } }],
  ] satisfies [string, object, Partial<Drawn>][];

  it.each(
    MEANWHILE.flatMap(([what, from, to]) =>
      (['exchange', 'userinfo', 'refresh', 'introspection'] as const).map(
        (at) => [what, at, from, to] as const,
      ),
    ),
  )('%s is the one that counts from the %s on', async (_, at, from, to) => {
    await play({
      ...{ ...from, turn: { at, contract: { ...from.contract, ...to } } },
      ...{ acr: 'one', scope: 'openid profile email school', idToken: {}, userinfo: {} },
      ...{ inIdToken: true, goesOn: true },
    });
  });
});
