import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { endSessionsOf } from '../../src/sessions/end-session.ts';
import type { Tx } from '../../src/storage/postgres.ts';
import { BY, openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson, type Person } from './people.ts';
import { type Asked, RelyingParty } from './relying-party.ts';

// Whoever ends a session tells the relying parties that take part in it. One that gets its first tokens of the session
// meanwhile either takes part in time, or gets none.

let test: TestDoor;
let elsewhere: TestDoor;

beforeAll(async () => {
  test = await openTestDoor();
  elsewhere = await openTestDoor({ stores: test.stores });
}, 60_000);
afterAll(async () => {
  await elsewhere.stop();
  await test.stop();
});

interface Code {
  readonly person: Person;
  readonly rp: RelyingParty;
  readonly asked: Asked;
  readonly left: URL;
}

/** For an application that is new in the session. */
async function aFirstCode(scope = 'openid profile'): Promise<Code> {
  const person = await aPerson(test);
  const rp = await RelyingParty.at(
    test.issuer,
    await test.register({ backchannel_logout_uri: 'https://rp.example/logout', scope }),
  );
  const browser = test.browser();
  browser.person = `${person.id} one`;
  const asked = await rp.authorizationUrl({ scope });
  const { left } = await browser.open(asked.url);
  if (!left?.searchParams.has('code')) throw new Error(`no code: ${left}`);
  return { person, rp, asked, left };
}

async function exchangeAt({ issuer }: TestDoor, { rp, asked, left }: Code): Promise<Record<string, unknown>> {
  const { client_id, client_secret = '', redirect_uris } = rp.client;
  const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
  const body = new URLSearchParams({
    ...{ grant_type: 'authorization_code', code: left.searchParams.get('code') ?? '' },
    ...{ redirect_uri: redirect_uris[0] ?? '', code_verifier: asked.verifier },
  });
  return (await fetch(`${issuer}/token`, { method: 'POST', headers: { authorization }, body })).json();
}

const endsOf = (tx: TestDoor['stores']['db'] | Tx, { number }: Person): Promise<unknown> =>
  endSessionsOf(tx, number, { by: BY, reason: 'sign-out', at: test.now() });

async function count(table: 'logout_notices' | 'session_relying_parties', { person }: Code): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from ${sql.table(table)} where person = ${person.number}`.execute(
    test.stores.db,
  );
  return rows[0]?.n ?? 0;
}

async function somebodyWaits(): Promise<boolean> {
  const { rows } = await sql`select from pg_stat_activity where datname = current_database()
    and wait_event_type = 'Lock' and query like '%session_relying_parties%'`.execute(test.stores.db);
  return rows.length > 0;
}

describe('the first code of a relying party in a session that somebody is ending', () => {
  it.each([
    ['where it was made', () => test, 'openid profile'],
    ['in another process', () => elsewhere, 'openid profile'],
    ['though its tokens would outlive the session', () => test, 'openid profile offline_access'],
  ])('brings nothing, %s', async (_, door, scope) => {
    const code = await aFirstCode(scope);
    const tokens = await test.stores.db.transaction().execute(async (tx) => {
      await endsOf(tx, code.person);
      const exchanged = exchangeAt(door(), code);
      while (!(await somebodyWaits())) await pause(10);
      return { exchanged };
    });
    expect(await tokens.exchanged).toMatchObject({ error: 'invalid_grant' });
    expect(await count('session_relying_parties', code)).toBe(0);
  });

  it('brings tokens only to those who are told of the end', async () => {
    const rounds = Array.from({ length: 20 }, async (_, round) => {
      const code = await aFirstCode();
      const door = round % 2 ? test : elsewhere;
      const [answer] = await Promise.all([exchangeAt(door, code), endsOf(test.stores.db, code.person)]);
      const isIn = 'access_token' in answer;
      expect(await count('logout_notices', code)).toBe(isIn ? 1 : 0);
      expect(await count('session_relying_parties', code)).toBe(isIn ? 1 : 0);
    });
    await Promise.all(rounds);
  });
});
