import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sql } from 'kysely';
import { changeFields, sealersOf } from '../../src/directory/fields.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson, type Person } from './people.ts';
import { RelyingParty, type Tokens } from './relying-party.ts';

let test: TestDoor;
let rp: RelyingParty;
let lina: Person;
let tokens: Tokens;

beforeAll(async () => {
  test = await openTestDoor();
  rp = await aRelyingParty();
}, 60_000);
beforeEach(async () => {
  lina = await aPerson(test);
  tokens = await signIn(rp);
});
afterAll(() => test.stop());

const aRelyingParty = async () => RelyingParty.at(test.issuer, await test.register());

function signIn(at: RelyingParty): Promise<Tokens> {
  const browser = test.browser();
  browser.person = `${lina.id} one`;
  return at.signIn(browser);
}

/** Whose key was unwrapped meanwhile. */
async function opened(act: () => Promise<unknown>): Promise<number[]> {
  const spy = jest.spyOn(test.keyRing, 'openPersonKey');
  await act();
  const persons = spy.mock.calls.map(([{ person }]) => person);
  spy.mockRestore();
  return persons;
}

const nameOf = async () => (await rp.userinfo(tokens)).name;

describe('what was opened of somebody', () => {
  it('is opened once for many answers, whoever asks, and not for what says no name', async () => {
    expect(await opened(() => signIn(rp))).toEqual([]);
    expect(await opened(nameOf)).toEqual([lina.number]);
    expect(await opened(nameOf)).toEqual([]);
    const other = await aRelyingParty();
    const [mine, theirs] = [await rp.userinfo(tokens), await other.userinfo(await signIn(other))];
    expect(theirs.name).toBe(mine.name);
    expect([theirs.sub, theirs.preferred_username]).not.toEqual([mine.sub, mine.preferred_username]);
    expect(await opened(nameOf)).toEqual([]);
  });

  it('is opened anew at once where they have another name', async () => {
    expect(await nameOf()).toBe('Lina Martin');
    await test.stores.db.transaction().execute(async (tx) => {
      const sealer = (await sealersOf(tx, test.keyRing, [lina.number])).get(lina.number);
      if (!sealer) throw new Error('no key');
      const changed = { sealer, fields: { given_name: 'Line' } };
      await changeFields(tx, [changed], { digests: test.digests, at: test.now() });
    });
    expect(await opened(async () => expect(await nameOf()).toBe('Line Martin'))).toEqual([lina.number]);
  });

  it('goes nowhere while they are locked', async () => {
    expect(await nameOf()).toBe('Lina Martin');
    const lock = { person: lina.number, reason: 'lost phone', locked_by: '{}', from_at: test.now() };
    await test.stores.db
      .insertInto('locks')
      .values({ ...lock, until_at: null, lifted_at: null })
      .execute();
    expect(await opened(() => expect(nameOf()).rejects.toThrow())).toEqual([]);
  });

  it('goes nowhere once their key is gone', async () => {
    expect(await nameOf()).toBe('Lina Martin');
    await sql`update person_keys set wrapped = null, erased_at = ${test.now()} where person = ${lina.number}`.execute(
      test.stores.db,
    );
    expect(await opened(async () => expect(await nameOf()).toBeUndefined())).toEqual([]);
    expect(await rp.userinfo(tokens)).toMatchObject({ profiles: ['pupil'] });
  });

  it('goes no further than the contract of now', async () => {
    expect(await nameOf()).toBe('Lina Martin');
    await sql`update contracts set terms = jsonb_set(terms, '{claims,pupil}', '{"profiles": null}')
      where client_id = ${rp.client.client_id}`.execute(test.stores.db);
    await sql`update order_clock set clients_version = clients_version + 1`.execute(test.stores.db);
    expect(Object.keys(await rp.userinfo(tokens)).sort()).toEqual(['profiles', 'sub']);
  });
});

describe('what a session says that its grant covers', () => {
  it('is no measure of a code whose client was registered for more since', async () => {
    const client = await test.register({ scope: 'openid' });
    const timetable = await RelyingParty.at(test.issuer, client);
    const browser = test.browser();
    browser.person = `${lina.id} one`;
    const signInFor = (scope: string) => timetable.signIn(browser, { scope });
    await signInFor('openid');
    await signInFor('openid');
    await sql`update clients set metadata = jsonb_set(metadata, '{scope}', '"openid profile"')
      where client_id = ${client.client_id}`.execute(test.stores.db);
    await test.door.registry.catchUp();
    for (const time of ['first', 'second'])
      expect([time, (await signInFor('openid profile')).scope]).toEqual([time, 'openid profile']);
  });
});
