import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import * as oidc from 'openid-client';
import { raiseEpoch } from '../../src/accounts/epoch.ts';
import { applyOrder } from '../../src/crisis/apply-order.ts';
import { disclosuresOf } from '../../src/ledger/disclosures-of.ts';
import { createSuspendClient } from '../../src/relying-parties/suspend-client.ts';
import { endSessionsOf } from '../../src/sessions/end-session.ts';
import { PrivateRedis } from '../storage/oidc/private-redis.ts';
import type { Browser } from './browser.ts';
import { BY, openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson, type Person } from './people.ts';
import { type Asked, RelyingParty, type Tokens } from './relying-party.ts';

// A code that was made here is judged by what PostgreSQL answered when it was made, and the ledger's statement asks once
// more: whatever happens between the two must count as if it had been asked first.

// A Redis of its own: what lies there is counted.
const redis = new PrivateRedis();
let test: TestDoor;
let rp: RelyingParty;
let lina: Person;

beforeAll(async () => {
  await redis.start();
  test = await openTestDoor({ redis: redis.client });
  rp = await aRelyingParty();
}, 60_000);
afterAll(async () => {
  await test.stop();
  await redis.stop();
});
beforeEach(async () => {
  lina = await aPerson(test, { code: '6A' });
});

async function aRelyingParty(): Promise<RelyingParty> {
  return RelyingParty.at(test.issuer, await test.register({ claims_in_id_token: true }));
}

interface Code {
  readonly left: URL;
  readonly asked: Asked;
  readonly browser: Browser;
}

/** In a session that has had one before, as all but the first are. */
async function aCode({ id }: Person, parameters: Record<string, string> = {}, of = rp): Promise<Code> {
  const browser = test.browser();
  browser.person = `${id} one`;
  await of.signIn(browser);
  const asked = await of.authorizationUrl(parameters);
  // Without an ID token there is nothing that could repeat it.
  if (parameters.scope && !parameters.scope.includes('openid')) asked.url.searchParams.delete('nonce');
  const { left } = await browser.open(asked.url);
  if (!left?.searchParams.has('code')) throw new Error(`no code: ${left}`);
  return { left, asked, browser };
}

const exchange = ({ left, asked }: Code, of = rp): Promise<Tokens> => of.exchange(left, asked);

function disclosed({ number }: Person): ReturnType<typeof disclosuresOf> {
  const [from, to] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 3_600_000)];
  return disclosuresOf(test.stores.db, number, { from, to });
}

/** How many lines there are about a person. */
const lines = async (person: Person): Promise<number> => (await disclosed(person)).length;

async function tokensHeld(): Promise<number> {
  return (await redis.client.keys('oidc:*Token:*')).length;
}

async function lock({ number }: Person, from_at = test.now()): Promise<void> {
  const lock = { person: number, reason: 'lost phone', locked_by: '{}', from_at };
  await test.stores.db
    .insertInto('locks')
    .values({ ...lock, until_at: null, lifted_at: null })
    .execute();
}

const HAPPENINGS: Record<string, (person: Person) => Promise<unknown>> = {
  'a lock': lock,
  'the end of the account': ({ number }) =>
    test.stores.db.transaction().execute(async (tx) => {
      const at = test.now();
      await sql`update account_states set until_at = ${at} where person = ${number} and until_at is null`.execute(
        tx,
      );
      const closed = { person: number, state: 'closed', from_at: at, until_at: null } as const;
      await tx.insertInto('account_states').values(closed).execute();
    }),
  'a reset': ({ number }) => test.stores.db.transaction().execute((tx) => raiseEpoch(tx, number, 'kept')),
  'the end of the session': ({ number }) =>
    endSessionsOf(test.stores.db, number, { by: BY, reason: 'sign-out', at: test.now() }),
  'a freeze': ({ number }) => {
    const wish = { measure: 'freeze' as const, scope: { person: [number] }, reason: 'test' };
    return applyOrder(test.stores.db, BY, { ...wish, mode: 'live' }, test.now());
  },
};

describe('between a code and its exchange', () => {
  it.each(Object.entries(HAPPENINGS))('%s counts: nothing leaves, no line says so', async (_, happens) => {
    const code = await aCode(lina);
    const before = [await lines(lina), await tokensHeld()];
    await happens(lina);
    await expect(exchange(code)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect([await lines(lina), await tokensHeld()]).toEqual(before);
  });

  it.each(Object.entries(HAPPENINGS))('%s counts where there is no ID token either', async (_, happens) => {
    const code = await aCode(lina, { scope: 'profile' });
    await happens(lina);
    const { verifier, state } = code.asked;
    const checks = { pkceCodeVerifier: verifier, expectedState: state };
    await expect(oidc.authorizationCodeGrant(rp.config, code.left, checks)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('a lock counts whose hour has come', async () => {
    await lock(lina, new Date(test.now().getTime() + 20_000));
    const code = await aCode(lina);
    test.shift(21);
    await expect(exchange(code)).rejects.toMatchObject({ error: 'invalid_grant' });
    test.shift(-21);
  });

  it('the end of its grant counts, by another of its tokens', async () => {
    const code = await aCode(lina);
    const asked = await rp.authorizationUrl();
    const { left } = await code.browser.open(asked.url);
    const { refresh_token = '' } = await rp.exchange(left ?? asked.url, asked);
    await oidc.tokenRevocation(rp.config, refresh_token);
    await expect(exchange(code)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('an application that was shut out gets nothing', async () => {
    const other = await aRelyingParty();
    const code = await aCode(lina, {}, other);
    const before = await lines(lina);
    const { client_id: clientId } = other.client;
    await createSuspendClient({ db: test.stores.db, now: test.now })(BY, { clientId, reason: 'a complaint' });
    // Its authentication fails where this process has heard of it already.
    await expect(exchange(code, other)).rejects.toMatchObject({ name: expect.stringMatching(/Error$/) });
    expect(await lines(lina)).toBe(before);
  });

  it('another class is the one that is told', async () => {
    expect((await exchange(await aCode(lina))).claims()?.establishments).toMatchObject([{ classes: ['6A'] }]);
    const code = await aCode(lina);
    await sql`update memberships set class_id = null where person = ${lina.number}`.execute(test.stores.db);
    expect((await exchange(code)).claims()?.establishments).toMatchObject([{ classes: [] }]);
  });

  it('of twenty at once nothing stays of those who lost', async () => {
    const code = await aCode(lina);
    const before = await tokensHeld();
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => exchange(code)));
    const won = answers.filter(({ status }) => status === 'fulfilled').length;
    expect(won).toBeLessThanOrEqual(1);
    // The refresh token of whoever won is removed with its grant.
    expect((await tokensHeld()) - before).toBeLessThanOrEqual(won);
  });

  it('what happens to one is nobody else’s matter, though all are written down at once', async () => {
    const people = await Promise.all(Array.from({ length: 12 }, () => aPerson(test)));
    const codes = await Promise.all(people.map((person) => aCode(person)));
    const [first, second] = people;
    if (first) await lock(first);
    if (second) await HAPPENINGS['a reset']?.(second);
    const answers = await Promise.allSettled(codes.map((code) => exchange(code)));
    expect(answers.map(({ status }) => status)).toEqual([
      ...Array(2).fill('rejected'),
      ...Array(10).fill('fulfilled'),
    ]);
    expect(await Promise.all(people.map(lines))).toEqual([1, 1, ...Array(10).fill(2)]);
  });
});

it('a refresh without an ID token writes down nothing that did not leave', async () => {
  const { refresh_token = '' } = await exchange(await aCode(lina));
  await oidc.refreshTokenGrant(rp.config, refresh_token, { scope: 'profile school' });
  expect((await disclosed(lina)).at(-1)).toMatchObject({ kind: 'refresh', fields: ['sub'] });
  expect((await disclosed(lina)).at(0)?.fields).toContain('given_name');
});
