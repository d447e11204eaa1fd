import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openContacts } from '../../src/directory/contacts.ts';
import { sealersOf } from '../../src/directory/fields.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson, type Person } from './people.ts';
import { RelyingParty } from './relying-party.ts';

let test: TestDoor;
let lina: Person;
let teacher: Person;

beforeAll(async () => {
  test = await openTestDoor();
  lina = await aPerson(test);
  teacher = await aPerson(test, { givenName: 'Ada', profile: 'teacher' });
}, 60_000);
afterAll(() => test.stop());

const aRelyingParty = async (publisher?: string) =>
  RelyingParty.at(test.issuer, await test.register({ claims_in_id_token: true }, publisher));

async function told(rp: RelyingParty, person: Person): Promise<Record<string, unknown>> {
  const browser = test.browser();
  browser.person = `${person.id} one`;
  const tokens = await rp.signIn(browser);
  const parts = { ...tokens.claims(), access: tokens.access_token, refresh: tokens.refresh_token };
  return { ...parts, ...(await rp.userinfo(tokens)) };
}

async function withMail({ number }: Person, value: string, isConfirmed: boolean): Promise<void> {
  const { digests, keyRing, stores } = test;
  const at = new Date('2026-09-02T00:00:00Z');
  await stores.db.transaction().execute(async (tx) => {
    const sealer = (await sealersOf(tx, keyRing, [number])).get(number);
    if (!sealer) throw new Error('no key');
    await openContacts(tx, [{ sealer, uai: '0750001A', kind: 'mail', value }], { digests, at });
    if (isConfirmed)
      await tx.updateTable('contacts').set({ confirmed_at: at }).where('person', '=', number).execute();
  });
}

describe('somebody without a mail address', () => {
  it('has one that nobody can write to and that proves nothing, the same at each sign-in', async () => {
    const rp = await aRelyingParty();
    const [first, again] = [await told(rp, teacher), await told(rp, teacher)];
    expect(first.email).toMatch(/^[0-9a-f]{20}@no-mail\.localhost$/);
    expect([first.email_verified, again.email]).toEqual([false, first.email]);
  });

  it('has another at each client, also of one publisher', async () => {
    const parties = [await aRelyingParty('Éditeur'), await aRelyingParty('Éditeur'), await aRelyingParty()];
    const answers = await Promise.all(parties.map((rp) => told(rp, teacher)));
    expect(new Set(answers.map(({ email }) => email)).size).toBe(3);
    expect(new Set(answers.map(({ preferred_username: name }) => name)).size).toBe(3);
    expect(new Set(answers.map(({ sub }) => sub)).size).toBe(2);
  });
});

describe('a mail address', () => {
  it('of a grown-up is said, and verified only where it is confirmed', async () => {
    const rp = await aRelyingParty();
    const school = await aPerson(test, { profile: 'teacher' });
    await withMail(school, 'ada@school.example', false);
    expect(await told(rp, school)).toMatchObject({ email: 'ada@school.example', email_verified: false });
    const own = await aPerson(test, { profile: 'guardian' });
    await withMail(own, 'own@home.example', true);
    expect(await told(rp, own)).toMatchObject({ email: 'own@home.example', email_verified: true });
  });

  it('of a pupil never leaves, confirmed or not', async () => {
    const rp = await aRelyingParty();
    for (const isConfirmed of [true, false]) {
      const pupil = await aPerson(test);
      await withMail(pupil, `pupil-${isConfirmed}@home.example`, isConfirmed);
      const answer = await told(rp, pupil);
      expect(JSON.stringify(answer)).not.toContain('home.example');
      expect(answer).toMatchObject({ email_verified: false });
    }
  });
});

describe('two publishers', () => {
  // What the two of them may hold alike: the issuer, times, and what both contracts name of the person.
  const ALIKE = ['iss', 'iat', 'exp', 'auth_time', 'acr', 'amr', 'email_verified', 'updated_at'];
  const NAMED = ['name', 'given_name', 'family_name', 'profiles', 'establishments'];

  it('hold no equal value about one person in one session', async () => {
    const browser = test.browser();
    browser.person = `${lina.id} one`;
    const seen: Record<string, unknown>[] = [];
    for (const rp of [await aRelyingParty(), await aRelyingParty()]) {
      const tokens = await rp.signIn(browser);
      const { access_token, refresh_token } = tokens;
      seen.push({ ...(await rp.userinfo(tokens)), ...tokens.claims(), access_token, refresh_token });
    }
    const [one = {}, other = {}] = seen;
    const alike = Object.keys(one).filter(
      (claim) => JSON.stringify(one[claim]) === JSON.stringify(other[claim]),
    );
    expect(alike.filter((claim) => ![...ALIKE, ...NAMED].includes(claim))).toEqual([]);
    expect(one.preferred_username).toBeTruthy();
  });
});
