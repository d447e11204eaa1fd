import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { LiveOrder, OrdersInForce } from '../../src/orders/order.ts';
import { endByCookie, endSession, revokeFamily, revokeGrant } from '../../src/sessions/end-session.ts';
import { judgeStanding, type Stamp, type Verdict } from '../../src/sessions/judge-standing.ts';
import { type Asked, type Standing, standing } from '../../src/sessions/standing.ts';
import { selectStanding } from '../../src/sessions/standing-store.ts';
import { startSession } from '../../src/sessions/start-session.ts';
import { stepFamilyBack } from '../../src/sessions/store.ts';
import type { Tx } from '../../src/storage/postgres.ts';
import { asSuperuser, type TestStores, testStores } from '../support/stores.ts';
import { AT, aPerson, join, LIMITS, LONG, type Made, TEST } from './people.ts';

let stores: TestStores;
let lina: Made;
beforeAll(async () => {
  stores = await testStores();
});
beforeEach(async () => {
  lina = await aPerson(stores.db, { uai: '0750001A', class: '6A' });
});
afterAll(() => stores.close());

const JUDGED = { version: 1, generation: 1, epoch: 0 };
const NO_ORDERS: OrdersInForce = { version: 1, generation: 1, clientsVersion: 1, live: [], drills: [] };

async function aSession(person = lina.number): Promise<Buffer> {
  const uidDigest = randomBytes(32);
  const started = await startSession(stores.db, {
    uidDigest,
    person,
    limits: LIMITS,
    judgedAt: JUDGED,
    at: AT,
  });
  expect(started).toMatchObject({ outcome: 'started' });
  return uidDigest;
}

const ask = (asked: Omit<Asked, 'at'>): Promise<Standing> => standing(stores.db, { ...asked, at: AT });

async function verdict(
  asked: Omit<Asked, 'at'>,
  given: { stamps?: Stamp[]; live?: LiveOrder[]; at?: Date } = {},
): Promise<string> {
  const { stamps = [], live = [], at = AT } = given;
  return word(judgeStanding(await ask(asked), { stamps, inForce: { ...NO_ORDERS, live }, at }));
}

const word = (said: Verdict) => (said.outcome === 'dead' ? said.reason : said.outcome);

describe('the standing of a request', () => {
  it('finds the person by id, by number and by session, with memberships of now and of ever', async () => {
    await join(stores.db, { person: lina.number, profile: 'pupil', uai: '0690002B' });
    await sql`update memberships set until_at = ${AT} where person = ${lina.number} and uai = '0690002B'`.execute(
      stores.db,
    );
    const uid = await aSession();
    for (const asked of [{ personId: lina.id }, { person: lina.number }, { sessionUidDigest: uid }]) {
      const { person, session } = await ask(asked);
      expect(person).toMatchObject({
        ...{ number: lina.number, id: lina.id, state: 'active', isLocked: false },
        memberships: [{ profile: 'pupil', establishment: '0750001A', academie: 'Paris', class: '6A' }],
        history: [
          { establishment: '0750001A', untilAt: undefined },
          { establishment: '0690002B', untilAt: AT },
        ],
      });
      if ('sessionUidDigest' in asked) expect(session).toMatchObject({ person: lina.number, generation: 1 });
      else expect(session).toBeUndefined();
    }
  });

  it('gives a release all it needs: sealed fields, key, contacts, children', async () => {
    const child = await aPerson(stores.db, { uai: '0690002B', class: '5B' });
    const dated = { from_at: AT, until_at: null };
    const sealed = Buffer.from([0, 255, 7]);
    await stores.db.insertInto('data_keys').values({ id: 1, wrapped: sealed }).execute();
    const key = { data_key: 1, wrapped: sealed, erased_at: null };
    await stores.db
      .insertInto('person_keys')
      .values([
        { ...key, person: lina.number },
        { ...key, person: child.number },
      ])
      .execute();
    const field = { field: 'given_name', sealed, ...dated };
    await stores.db
      .insertInto('person_fields')
      .values([
        { ...field, person: lina.number },
        { ...field, person: child.number },
      ])
      .execute();
    const contact = { uai: null, kind: 'mail', sealed, digest: sealed, confirmed_at: AT, ...dated } as const;
    await stores.db
      .insertInto('contacts')
      .values([
        { ...contact, person: lina.number },
        { ...contact, person: child.number },
      ])
      .execute();
    await stores.db
      .insertInto('guardianships')
      .values({ guardian: lina.number, child: child.number, rank: 1, relation: null, ...dated })
      .execute();
    expect((await ask({ person: lina.number })).person).toMatchObject({
      key: { dataKey: 1, wrapped: sealed },
      fields: [{ field: 'given_name', sealed }],
      contacts: [{ kind: 'mail', sealed, confirmedAt: AT, holders: 2, establishment: undefined }],
      children: [
        {
          ...{ number: child.number, rank: 1, key: { dataKey: 1, wrapped: sealed }, givenNameSealed: sealed },
          memberships: [{ establishment: '0690002B', class: '5B' }],
        },
      ],
    });
  });

  it('gives the very same person, whom nobody can change, until something about them changed', async () => {
    const asked = { person: lina.number };
    const { person } = await ask(asked);
    expect((await ask({ personId: lina.id })).person).toBe(person);
    expect(Object.isFrozen(person) && person?.memberships.every(Object.isFrozen)).toBe(true);
    const lock = { person: lina.number, reason: 'lost phone', locked_by: '{}', from_at: AT, until_at: null };
    await stores.db
      .insertInto('locks')
      .values({ ...lock, lifted_at: null })
      .execute();
    expect((await ask(asked)).person).toEqual({ ...person, isLocked: true });
    await sql`update locks set lifted_at = ${AT} where person = ${lina.number}`.execute(stores.db);
    expect((await ask(asked)).person).toBe(person);
    await sql`update accounts set epoch = epoch + 1 where person = ${lina.number}`.execute(stores.db);
    expect((await ask(asked)).person).toEqual({ ...person, epoch: 1 });
  });

  it('knows nobody by an id that is none', async () => {
    for (const personId of ["'; drop table persons", '', '00000000-0000-0000-0000-000000000000']) {
      const answer = await ask({ personId });
      expect(answer.person).toBeUndefined();
      expect(answer.clock).toMatchObject({ version: 1, generation: 1 });
      expect(await verdict({ personId })).toBe('unknown');
    }
  });

  it('is asked in one statement that reads no table of persons, sessions or locks from end to end', async () => {
    await stores.db
      .insertInto('persons')
      .values(Array.from({ length: 2000 }, (_, n) => ({ subject_id: `s${n}` })))
      .execute();
    await sql`insert into accounts (person) select number from persons on conflict do nothing`.execute(
      stores.db,
    );
    await sql`insert into account_states (person, state, from_at) select person, 'dormant', now() from accounts
      on conflict do nothing`.execute(stores.db);
    await sql`insert into memberships (person, uai, school_year, profile, from_at)
      select person, '0750001A', 2026, 'pupil', now() from accounts on conflict do nothing`.execute(
      stores.db,
    );
    await sql`insert into sessions (uid_digest, person, kind, epoch, generation, started_at, absolute_end, idle_seconds)
      select sha256(person::text::bytea), person, 'own-device', 0, 1, now(), now(), 1 from accounts`.execute(
      stores.db,
    );
    await asSuperuser('analyze', String(stores.connectionOf('preau_app').database));
    const sessionUidDigest = await aSession();
    const asked = { sessionUidDigest, grantDigest: randomBytes(32), familyId: randomBytes(32), at: AT };
    expect(await scannedBy((tx) => selectStanding(tx, asked))).toEqual([]);
    expect(await scannedBy((tx) => sql`select count(*) from sessions`.execute(tx))).toEqual(['sessions']);
  });
});

/** Tables of some size of which more than a handful of rows were read without an index. */
function scannedBy(act: (tx: Tx) => Promise<unknown>): Promise<string[]> {
  return stores.db.transaction().execute(async (tx) => {
    // The connection may not have handed in the figures of what it did before.
    const before = await scanned(tx);
    await act(tx);
    const after = await scanned(tx);
    return [...after].filter(([name, rows]) => rows > (before.get(name) ?? 0) + 100).map(([name]) => name);
  });
}

async function scanned(tx: Tx): Promise<Map<string, number>> {
  const { rows } = await sql<{ relname: string; seq_tup_read: number }>`
    select relname, seq_tup_read from pg_stat_xact_user_tables`.execute(tx);
  return new Map(rows.map(({ relname, seq_tup_read }) => [relname, seq_tup_read]));
}

describe('a verdict', () => {
  it.each(['dormant', 'closed'] as const)('is %s for an account that is', async (state) => {
    const { id } = await aPerson(stores.db, { state });
    expect(await verdict({ personId: id })).toBe(state);
  });

  it('is locked while one of several locks holds', async () => {
    const lock = { person: lina.number, reason: 'lost phone', locked_by: '{}', from_at: AT, lifted_at: null };
    const ended = { ...lock, until_at: AT };
    await stores.db
      .insertInto('locks')
      .values([ended, { ...lock, until_at: LONG }])
      .execute();
    expect(await verdict({ personId: lina.id })).toBe('locked');
    await sql`update locks set lifted_at = ${AT} where person = ${lina.number}`.execute(stores.db);
    expect(await verdict({ personId: lina.id })).toBe('good');
  });

  it('is dead for a session that ended, by uid or by cookie, that outlived itself, or that nobody started', async () => {
    const [one, other] = [await aSession(), await aSession()];
    expect(await verdict({ sessionUidDigest: one })).toBe('good');
    expect(await verdict({ sessionUidDigest: other }, { at: LONG })).toBe('session-ended');
    expect(await verdict({ personId: lina.id, sessionUidDigest: randomBytes(32) })).toBe('unknown');
    const by = TEST;
    expect(await endSession(stores.db, { uidDigest: one, by, at: AT, reason: 'sign-out' })).toBe(true);
    expect(await endSession(stores.db, { uidDigest: one, by, at: AT, reason: 'sign-out' })).toBe(false);
    expect(await verdict({ sessionUidDigest: one })).toBe('session-ended');
    const cookieDigest = randomBytes(32);
    await endByCookie(stores.db, { cookieDigest, by, at: AT, untilAt: LONG, reason: 'sign-out' });
    await endByCookie(stores.db, { cookieDigest, by, at: AT, untilAt: LONG, reason: 'sign-out' });
    expect(await verdict({ sessionUidDigest: other, cookieDigest })).toBe('session-ended');
    expect(await verdict({ sessionUidDigest: other })).toBe('good');
  });

  it("is dead for somebody else's session", async () => {
    const other = await aPerson(stores.db);
    const theirs = await aSession(other.number);
    expect(await verdict({ personId: lina.id, sessionUidDigest: theirs })).toBe('unknown');
  });

  it('is dead for a revoked grant, a revoked family and a spent rotation', async () => {
    const [id, grantDigest] = [randomBytes(32), randomBytes(32)];
    const family = { id, grant_digest: grantDigest, person: lina.number, client_id: 'edt', rotation: 2 };
    await stores.db
      .insertInto('refresh_families')
      .values({ ...family, until_at: LONG, revoked_at: null })
      .execute();
    const stamp = (rotation: number) => ({ stamps: [{ generation: 1, epoch: 0, rotation }] });
    expect(await verdict({ familyId: id }, stamp(2))).toBe('good');
    expect(await verdict({ familyId: id }, stamp(1))).toBe('spent-refresh');
    expect(await verdict({ personId: lina.id, familyId: randomBytes(32) }, stamp(2))).toBe('unknown');
    await revokeFamily(stores.db, { id, at: AT });
    expect(await verdict({ familyId: id }, stamp(2))).toBe('grant-revoked');
    expect(await verdict({ personId: lina.id, grantDigest })).toBe('good');
    await revokeGrant(stores.db, { grantDigest, at: AT, untilAt: LONG });
    await revokeGrant(stores.db, { grantDigest, at: AT, untilAt: LONG });
    expect(await verdict({ personId: lina.id, grantDigest })).toBe('grant-revoked');
  });

  it('is good again for the token of a step that was taken back, and for none of a family that ended', async () => {
    const id = randomBytes(32);
    const family = { id, grant_digest: randomBytes(32), person: lina.number, client_id: 'edt', rotation: 2 };
    await stores.db
      .insertInto('refresh_families')
      .values({ ...family, until_at: LONG, revoked_at: null })
      .execute();
    const shown = { stamps: [{ generation: 1, epoch: 0, rotation: 1 }] };
    for (const rotation of [2, 0]) await stepFamilyBack(stores.db, { id, rotation });
    expect(await verdict({ familyId: id }, shown)).toBe('spent-refresh');
    await stepFamilyBack(stores.db, { id, rotation: 1 });
    expect(await verdict({ familyId: id }, shown)).toBe('good');
    await revokeFamily(stores.db, { id, at: AT });
    await stepFamilyBack(stores.db, { id, rotation: 0 });
    const { rotation } = await stores.db
      .selectFrom('refresh_families')
      .select('rotation')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(rotation).toBe(1);
  });

  it('is dead for what carries a lower epoch than the account', async () => {
    const uid = await aSession();
    await sql`update accounts set epoch = epoch + 1 where person = ${lina.number}`.execute(stores.db);
    expect(await verdict({ sessionUidDigest: uid })).toBe('epoch');
    expect(await verdict({ personId: lina.id }, { stamps: [{ generation: 1, epoch: 0 }] })).toBe('epoch');
    expect(await verdict({ personId: lina.id }, { stamps: [{ generation: 1, epoch: 1 }] })).toBe('good');
  });
});
