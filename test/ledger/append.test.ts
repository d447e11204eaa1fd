import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { FamilyStep, Release } from '../../src/ledger/append.ts';
import { ensureDays } from '../../src/ledger/days.ts';
import { disclosuresOf } from '../../src/ledger/disclosures-of.ts';
import { createLedger, type Ledger } from '../../src/ledger/ledger.ts';
import type { Premise } from '../../src/ledger/premise.ts';
import { revokeGrant } from '../../src/sessions/end-session.ts';
import { premiseOf, standing } from '../../src/sessions/standing.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { Unavailable } from '../../src/storage/unavailable.ts';
import { AT, aPerson, LONG } from '../sessions/people.ts';
import { asSuperuser, type TestStores, testStores } from '../support/stores.ts';

let stores: TestStores;
let ledger: Ledger;
let person: number;
beforeAll(async () => {
  stores = await testStores();
  ledger = createLedger({ db: stores.db, ledgerKey: stores.secrets.ledgerKey, now: () => AT, log: { warn } });
  await ledger.start();
});
afterAll(async () => {
  ledger.stop();
  await stores.close();
});
beforeEach(async () => {
  person = (await aPerson(stores.db)).number;
});

function warn(details: object): never {
  throw new Error('the ledger warned', { cause: details });
}

const TIMETABLE = { recipient: 'relying-party', clientId: 'timetable', publisher: 'edt' } as const;
const YEAR = { from: new Date('2026-01-01'), to: new Date('2027-01-01') };

function aRelease(given: Partial<Release> = {}): Release {
  const context = { ...TIMETABLE, sessionDigest: randomBytes(32), address: '192.0.2.77' };
  const rows = [{ person, kind: 'id-token', fields: ['sub', 'name'] }] as const;
  return { judgedAt: { version: 1 }, context, rows, at: AT, ...given };
}

/** What PostgreSQL knows of a person, as a release may stand on it. */
async function premiseOfNow(number: number): Promise<Premise> {
  const asked = { person: number, at: AT };
  return premiseOf(asked, await standing(stores.db, asked));
}

async function count(table: 'disclosures' | 'disclosure_contexts' | 'refresh_families'): Promise<number> {
  const { n } = await stores.db
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow();
  return n;
}

describe('a release', () => {
  it('is a line per person with fields, recipient, truncated address and trace number', async () => {
    const child = (await aPerson(stores.db)).number;
    const rows = [
      { person, kind: 'userinfo', fields: ['sub', 'children'] },
      { person: child, kind: 'userinfo', fields: ['given_name', 'child_of'] },
    ] as const;
    const context = {
      ...TIMETABLE,
      contractVersion: 3,
      address: '2001:db8:1:2::9',
      grantDigest: randomBytes(32),
    };
    const written = await ledger.append(aRelease({ context, rows }));
    const batch = written.outcome === 'written' ? written.batch : 0;
    expect(await disclosuresOf(stores.db, child, YEAR)).toEqual([
      {
        trace: `${batch}-2`,
        at: AT,
        kind: 'userinfo',
        fields: ['given_name', 'child_of'],
        recipient: 'relying-party',
        clientId: 'timetable',
        publisher: 'edt',
        contractVersion: 3,
        reader: undefined,
        rightId: undefined,
        address: '2001:db8:1::/48',
        sessionDigest: undefined,
        grantDigest: context.grantDigest,
        details: {},
      },
    ]);
    expect(await disclosuresOf(stores.db, person, YEAR)).toMatchObject([{ trace: `${batch}-1` }]);
    expect(await disclosuresOf(stores.db, person, { from: YEAR.from, to: AT })).toEqual([]);
  });

  it('shares its context with its equals, also when they are written at once', async () => {
    const before = await count('disclosure_contexts');
    const release = aRelease();
    const written = await Promise.all(Array.from({ length: 20 }, () => ledger.append(release)));
    expect(written.map(({ outcome }) => outcome)).toEqual(Array(20).fill('written'));
    expect(new Set(written.map((one) => one.outcome === 'written' && one.batch)).size).toBe(20);
    expect(await count('disclosure_contexts')).toBe(before + 1);
    await ledger.append(aRelease({ context: { ...release.context, address: '198.51.100.1' } }));
    expect(await count('disclosure_contexts')).toBe(before + 2);
    expect(await disclosuresOf(stores.db, person, YEAR)).toHaveLength(21);
  });

  it('is nothing where the orders have moved: no line, no family, no participation', async () => {
    const before = await count('disclosures');
    const family = { step: 'begin', ...aFamily() } as const;
    const release = aRelease({ judgedAt: { version: 7 }, family });
    expect(await ledger.append(release)).toEqual({ outcome: 'orders-moved', version: 1 });
    expect(await count('disclosures')).toBe(before);
    expect(await count('refresh_families')).toBe(0);
  });

  it('is nothing where what it stands on has moved, whoever’s else has not', async () => {
    const before = await count('disclosures');
    const other = (await aPerson(stores.db)).number;
    const [mine, theirs] = [await premiseOfNow(person), await premiseOfNow(other)];
    await sql`update accounts set epoch = epoch + 1 where person = ${person}`.execute(stores.db);
    const family = { step: 'begin', ...aFamily() } as const;
    const sid = { sessionUidDigest: randomBytes(32), clientId: 'timetable', sid: 's', person };
    const written = await Promise.all([
      ledger.append(aRelease({ premise: mine, family, participation: sid })),
      ledger.append(aRelease({ premise: theirs })),
      ledger.append(aRelease({ premise: { ...theirs, question: mine.question } })),
      ledger.append(aRelease({ premise: theirs, judgedAt: { version: 7 } })),
      ledger.append(aRelease()),
    ]);
    expect(written.map(({ outcome }) => outcome)).toEqual([
      ...['premise-moved', 'written', 'premise-moved', 'orders-moved', 'written'],
    ]);
    expect(await count('disclosures')).toBe(before + 2);
    expect(await count('refresh_families')).toBe(0);
    expect(await ledger.append(aRelease({ premise: await premiseOfNow(person) }))).toMatchObject({
      outcome: 'written',
    });
  });

  it('is none of the business of those that are written with it', async () => {
    const family = aFamily();
    await ledger.append(aRelease({ family: { step: 'begin', ...family } }));
    const rotate = { step: 'rotate', id: family.id, rotation: 0 } as const;
    const all = await Promise.all([
      ledger.append(aRelease()),
      ledger.append(aRelease({ judgedAt: { version: 7 } })),
      ledger.append(aRelease({ family: rotate })),
      ledger.append(aRelease({ family: rotate })),
      ledger.append(aRelease({ family: { step: 'begin', ...aFamily(), person: 2 ** 31 - 1 } })).catch(String),
      ledger.append(aRelease({ family: { step: 'rotate', id: randomBytes(32), rotation: 0 } })),
    ]);
    expect(all.map((one) => (typeof one === 'string' ? one : one.outcome)).sort()).toEqual([
      'Unavailable: ledger is not available',
      'family-spent',
      'family-spent',
      'orders-moved',
      'written',
      'written',
    ]);
    expect(await disclosuresOf(stores.db, person, YEAR)).toHaveLength(3);
  });

  it('is refused without a line, or with a field nobody has named', async () => {
    await expect(ledger.append(aRelease({ rows: [] }))).rejects.toThrow('is none');
    const rows = [{ person, kind: 'id-token', fields: ['shoe_size'] }] as const;
    await expect(ledger.append(aRelease({ rows }))).rejects.toThrow('no field "shoe_size"');
  });

  it('goes to the day it is of, and to the default partition where the day was not made', async () => {
    await ledger.append(aRelease());
    await ledger.append(aRelease({ at: new Date('2031-03-03T12:00:00Z') }));
    const { rows } = await sql<{ day: string }>`
      select distinct tableoid::regclass::text as day from disclosures where person = ${person} order by 1`.execute(
      stores.db,
    );
    expect(rows).toEqual([{ day: 'disclosures_20261005' }, { day: 'disclosures_other' }]);
  });

  it('does not wait for the days ahead, while somebody reads the ledger for long', async () => {
    const later = new Date('2032-02-02T12:00:00Z');
    await stores.db.transaction().execute(async (tx) => {
      await tx.selectFrom('disclosures').select('batch').limit(1).execute();
      const days = ensureDays(stores.db, later).catch((error: unknown) => error);
      await pause(20);
      const since = performance.now();
      expect(await ledger.append(aRelease())).toMatchObject({ outcome: 'written' });
      expect(performance.now() - since).toBeLessThan(1000);
      expect(await days).toBeInstanceOf(Unavailable);
    });
    await ensureDays(stores.db, later);
  });

  it('notes the relying party of a session once', async () => {
    const participation = { sessionUidDigest: randomBytes(32), clientId: 'timetable', sid: 's1', person };
    await ledger.append(aRelease({ participation }));
    await ledger.append(aRelease({ participation: { ...participation, sid: 's2' } }));
    const parts = await stores.db.selectFrom('session_relying_parties').selectAll().execute();
    expect(parts).toMatchObject([{ client_id: 'timetable', sid: 's1', person }]);
  });
});

function aFamily() {
  return { id: randomBytes(32), grantDigest: randomBytes(32), person, clientId: 'timetable', untilAt: LONG };
}

describe('a refresh family', () => {
  it.each([
    ['twenty in one statement', 20, (release: Release) => ledger.append(release)],
    // As several processes ask.
    [
      'eight that each have their own',
      8,
      (release: Release) => stores.db.transaction().execute((tx) => ledger.append(release, tx)),
    ],
  ])('goes one step per release: of %s one is written', async (_, times, append) => {
    const family = aFamily();
    expect(await ledger.append(aRelease({ family: { step: 'begin', ...family } }))).toMatchObject({
      outcome: 'written',
    });
    for (const rotation of [0, 1]) {
      const step = { step: 'rotate', id: family.id, rotation } as const;
      const all = await Promise.all(Array.from({ length: times }, () => append(aRelease({ family: step }))));
      expect(all.filter(({ outcome }) => outcome === 'written')).toHaveLength(1);
      expect(all.filter(({ outcome }) => outcome === 'family-spent')).toHaveLength(times - 1);
    }
    expect(await disclosuresOf(stores.db, person, YEAR)).toHaveLength(3);
  });

  it('is revoked with the others of its grant while they go a step', async () => {
    const impatient = openPostgres({
      connection: stores.connectionOf('preau_app'),
      poolSize: 1,
      waiting: 1,
      connectMilliseconds: 5000,
      statementMilliseconds: 5000,
      lockMilliseconds: 500,
    }).db;
    const grantDigest = randomBytes(32);
    const [late, early] = [9, 1].map((byte) => ({ ...aFamily(), id: Buffer.alloc(32, byte), grantDigest }));
    for (const family of [late, early])
      await ledger.append(aRelease({ family: { step: 'begin', ...family } as FamilyStep }));
    const steps = [late, early].map((family) => ({ step: 'rotate', id: family?.id, rotation: 0 }));
    const begun = await stores.db.transaction().execute(async (tx) => {
      await sql`select from refresh_families where id = ${late?.id} for update`.execute(tx);
      const revoked = revokeGrant(impatient, { grantDigest, at: AT, untilAt: LONG });
      await pause(100);
      const stepped = steps.map((family) => ledger.append(aRelease({ family: family as FamilyStep })));
      await pause(100);
      return { all: Promise.allSettled([revoked, ...stepped]) };
    });
    expect(await begun.all).toMatchObject([
      { status: 'fulfilled' },
      { value: { outcome: 'family-spent' } },
      { value: { outcome: 'family-spent' } },
    ]);
    await impatient.destroy();
  });

  it('begins again with the same answer only while none of it was spent', async () => {
    const family = { step: 'begin', ...aFamily() } as const;
    expect(await ledger.append(aRelease({ family }))).toMatchObject({ outcome: 'written' });
    expect(await ledger.append(aRelease({ family }))).toMatchObject({ outcome: 'written' });
    await ledger.append(aRelease({ family: { step: 'rotate', id: family.id, rotation: 0 } }));
    expect(await ledger.append(aRelease({ family }))).toEqual({ outcome: 'family-spent' });
  });

  it('ends with its time, and knows no step of an unknown one', async () => {
    const family = { step: 'begin', ...aFamily(), untilAt: AT } as const;
    await ledger.append(aRelease({ family }));
    for (const id of [family.id, randomBytes(32)]) {
      const rotate = { step: 'rotate', id, rotation: 0 } as const;
      expect(await ledger.append(aRelease({ family: rotate }))).toEqual({ outcome: 'family-spent' });
    }
    expect(await disclosuresOf(stores.db, person, YEAR)).toHaveLength(1);
  });
});

describe('a ledger that cannot be written', () => {
  let own: TestStores;
  let broken: Ledger;
  beforeAll(async () => {
    own = await testStores();
    broken = createLedger({ db: own.db, ledgerKey: own.secrets.ledgerKey, now: () => AT, log: { warn } });
  });
  afterAll(() => own.close());

  async function breakBy(statement: (database: string) => string): Promise<void> {
    const { database = '' } = own.connectionOf('preau_app');
    await asSuperuser(statement(database));
    await asSuperuser(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`);
  }

  it('is Unavailable on a server that only reads, and where nobody may connect', async () => {
    await breakBy(
      (database) => `alter role preau_app in database ${database} set default_transaction_read_only = on`,
    );
    // The first may still meet a connection that was cut.
    await broken.append(aRelease()).catch(() => {});
    await expect(broken.append(aRelease())).rejects.toMatchObject({
      dependency: 'ledger',
      name: 'Unavailable',
    });
    await breakBy((database) => `alter database ${database} allow_connections false`);
    await expect(broken.append(aRelease())).rejects.toBeInstanceOf(Unavailable);
  });
});
