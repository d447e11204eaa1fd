import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeJwt } from 'jose';
import { fieldsOf } from '../../src/ledger/fields.ts';
import { entitlementsOf, isOpenTo } from '../../src/relying-parties/contracts/contract.ts';
import { termsSchema } from '../../src/relying-parties/contracts/terms.ts';
import { CLAIMS_OF_SCOPE, PERSONAL_CLAIMS } from '../../src/relying-parties/scopes.ts';
import { SEQUENCES } from '../support/amount.ts';
import { createBrowsers, createOidcClient, type Exchanged } from './contracts-model.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson, guards, type Person } from './people.ts';

const PROFILES = ['pupil', 'guardian', 'teacher', 'staff'] as const;
const SCHOOLS = ['0750001A', '0690002B'] as const;

let test: TestDoor;
let people: Person[];
let persona: Person;

beforeAll(async () => {
  test = await openTestDoor();
  people = [];
  for (const [index, profile] of PROFILES.entries())
    people.push(await aPerson(test, { profile, uai: SCHOOLS[index % 2] ?? SCHOOLS[0], code: '6A' }));
  const [pupil, guardian] = people;
  if (pupil && guardian) await guards(test.stores.db, guardian, pupil);
  persona = await aPerson(test, { givenName: 'Essai' });
  await test.stores.db.insertInto('personas').values({ person: persona.number, position: 0 }).execute();
}, 60_000);
afterAll(() => test.stop());

const names = fc.subarray([...PERSONAL_CLAIMS]);
const named = names.map((list) => Object.fromEntries(list.map((claim) => [claim, null])));
const scenario = fc.record({
  claims: fc.record({ pupil: names, guardian: names, teacher: names, staff: names }),
  openTo: fc.option(fc.constantFrom(...SCHOOLS), { nil: undefined }),
  minimum: fc.option(fc.constantFrom('urn:preau:acr:one', 'urn:preau:acr:two'), { nil: null }),
  state: fc.constantFrom('approved', 'approved', 'approved', 'sandbox', 'suspended', 'ended'),
  who: fc.integer({ min: 0, max: 4 }),
  acr: fc.constantFrom('one', 'two'),
  scope: fc.subarray(['profile', 'email', 'school']).map((list) => ['openid', ...list].join(' ')),
  idToken: named,
  userinfo: named,
  inIdToken: fc.boolean(),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/** 10,000 in bin/attack. */
const RUNS = SEQUENCES;

describe('what a relying party gets', () => {
  it('is exactly contract, scope and request, for whom and where the contract says, and stands in the ledger', async () => {
    const browserOf = createBrowsers(test);
    const rps = [await createOidcClient(test, false), await createOidcClient(test, true)];
    const property = fc.asyncProperty(scenario, async (given) => {
      const rp = rps[given.inIdToken ? 1 : 0];
      const person = given.who === 4 ? persona : people[given.who];
      if (!rp || !person) throw new Error('nobody');
      await rp.under(termsOf(given), given.state);
      const got = await rp.exchange(browserOf(person, given.acr), given);
      const lines = await rp.linesAbout(person.number);
      expect({ given, got: got !== undefined }).toEqual({ given, got: isAdmitted(given) });
      if (!got) return expect({ given, lines }).toEqual({ given, lines: [] });
      expectExact(given, got, lines.map(fieldsOf));
    });
    await fc.assert(property, { numRuns: RUNS, seed: 20261126 });
  }, 1_800_000);
});

function termsOf({ claims, openTo, minimum }: Scenario) {
  const where = openTo ? { open_to: { establishments: [openTo] } } : {};
  return termsSchema.parse({ claims, minimum_acr: minimum, ...where });
}

function isAdmitted(given: Scenario): boolean {
  const isPersona = given.who === 4;
  if (given.state === 'suspended' || given.state === 'ended') return false;
  if ((given.state === 'sandbox') !== isPersona) return false;
  // A persona plays somebody who gave both factors.
  if (!isPersona && given.minimum === 'urn:preau:acr:two' && given.acr === 'one') return false;
  return isPersona || !given.openTo || given.openTo === SCHOOLS[given.who % 2];
}

function expectExact(given: Scenario, { idToken, userinfo }: Exchanged, lines: string[][]): void {
  const inScope = given.scope.split(' ').flatMap((scope): readonly string[] => {
    return CLAIMS_OF_SCOPE[scope as keyof typeof CLAIMS_OF_SCOPE];
  });
  const allowed = allowedOf(given);
  const said = {
    idToken: personalIn(decodeJwt(idToken)),
    userinfo: personalIn(userinfo),
  };
  const expected = {
    idToken: among(allowed, [...(given.inIdToken ? inScope : []), ...Object.keys(given.idToken)]),
    userinfo: among(allowed, [...inScope, ...Object.keys(given.userinfo)]),
  };
  expect({ given, said }).toEqual({ given, said: expected });
  expect(lines.map((fields) => fields.filter((field) => field !== 'sub').sort())).toEqual([
    expected.idToken,
    expected.userinfo,
  ]);
}

/** What the contract names for the one profile of this person; nobody but the guardian has children. */
function allowedOf(given: Scenario): string[] {
  const profile = given.who === 4 ? 'pupil' : (PROFILES[given.who] ?? 'pupil');
  const establishment = SCHOOLS[given.who % 2] ?? SCHOOLS[0];
  const contract = {
    version: 1,
    state: 'approved' as const,
    terms: termsOf({ ...given, openTo: undefined }),
  };
  const entitled = [...entitlementsOf(contract, [{ profile, establishment, academie: 'none' }]).keys()];
  return entitled.filter((claim) => claim !== 'children' || hasChildrenHere(given, profile));
}

// The guardian's child goes to the first school; a contract open to the second speaks of no child.
function hasChildrenHere({ openTo, claims, minimum, ...rest }: Scenario, profile: string): boolean {
  if (profile !== 'guardian') return false;
  const terms = termsOf({ openTo, claims, minimum, ...rest });
  return isOpenTo({ version: 1, state: 'approved', terms }, { establishment: SCHOOLS[0], academie: 'none' });
}

const among = (allowed: readonly string[], asked: readonly string[]) =>
  allowed.filter((claim) => asked.includes(claim)).sort();

function personalIn(claims: Record<string, unknown>): string[] {
  return Object.keys(claims)
    .filter((claim) => (PERSONAL_CLAIMS as readonly string[]).includes(claim))
    .sort();
}
