import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson, type Person } from './people.ts';
import { RelyingParty } from './relying-party.ts';

let test: TestDoor;
let lina: Person;

beforeAll(async () => {
  test = await openTestDoor();
  lina = await aPerson(test, { code: '6A' });
}, 60_000);
afterAll(() => test.stop());

async function signedInBrowser(person = lina, acr = 'one') {
  const browser = test.browser();
  browser.person = `${person.id} ${acr}`;
  return browser;
}

describe('signing in', () => {
  it('goes from the relying party to Préau and back with a code that becomes tokens', async () => {
    const rp = await RelyingParty.at(test.issuer, await test.register());
    const tokens = await rp.signIn(await signedInBrowser());
    expect(tokens.claims()).toMatchObject({ acr: 'urn:preau:acr:one', amr: ['pwd'], iss: test.issuer });
    expect(tokens.claims()).not.toHaveProperty('given_name');
    expect(await rp.userinfo(tokens)).toMatchObject({
      sub: tokens.claims()?.sub,
      name: 'Lina Martin',
      profiles: ['pupil'],
      establishments: [{ uai: '0750001A', classes: ['6A'] }],
    });
  });
});
