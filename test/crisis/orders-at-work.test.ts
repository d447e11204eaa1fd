import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Actor } from '../../src/audit/actor.ts';
import { applyOrder, ENFORCED, type OrderWish } from '../../src/crisis/apply-order.ts';
import { endOrder } from '../../src/crisis/end-order.ts';
import { listOrders } from '../../src/crisis/list-orders.ts';
import type { OrderRecord } from '../../src/crisis/order-record.ts';
import { findEstablishments, saveEstablishments } from '../../src/directory/establishments.ts';
import { createLedger, type Ledger } from '../../src/ledger/ledger.ts';
import { MEASURES, type Measure } from '../../src/orders/measures.ts';
import { createOrders, type Orders } from '../../src/orders/orders.ts';
import type { Scope } from '../../src/orders/scope.ts';
import { lockVersion } from '../../src/orders/store.ts';
import { createAskStanding } from '../../src/sessions/ask-standing.ts';
import { judgeStanding } from '../../src/sessions/judge-standing.ts';
import { startSession } from '../../src/sessions/start-session.ts';
import { AT, aPerson, join, LIMITS, LONG, type Made } from '../sessions/people.ts';
import { type TestStores, testStores } from '../support/stores.ts';

let stores: TestStores;
let orders: Orders;
let ledger: Ledger;
let now = AT;
const log = { warn: () => {} };

beforeAll(async () => {
  stores = await testStores();
  const { pool, db, secrets } = stores;
  const settings = { pollMilliseconds: 250, silenceMilliseconds: 1000 };
  orders = createOrders({ pool, settings, now: () => now, log });
  ledger = createLedger({ db, ledgerKey: secrets.ledgerKey, now: () => now, log });
  await orders.start();
});
afterAll(async () => {
  await orders.stop();
  await stores.close();
});
beforeEach(() => {
  now = AT;
});

const CHIEF: Actor = { kind: 'operator', name: 'Chief', osUser: 'ops', host: 'control' };

async function apply(wish: { measure: Measure; scope: Scope } & Partial<OrderWish>): Promise<OrderRecord> {
  const applied = await applyOrder(stores.db, CHIEF, { reason: 'incident 7', mode: 'live', ...wish }, now);
  if (applied.outcome !== 'applied') throw new Error(applied.refusal);
  return applied.order;
}

const end = (order: OrderRecord) => endOrder(stores.db, CHIEF, { id: order.id, reason: 'over' }, now);

/** As a door asks: standing and orders, then the verdict. */
async function verdict(sessionUidDigest: Buffer): Promise<string> {
  const { standing, inForce } = await createAskStanding({ db: stores.db, orders })({
    sessionUidDigest,
    at: now,
  });
  const said = judgeStanding(standing, { stamps: [], inForce, at: now });
  return said.outcome === 'dead' ? said.reason : said.outcome;
}

async function aSession({ number }: Made): Promise<Buffer> {
  const { version, generation } = (
    await createAskStanding({ db: stores.db, orders })({ person: number, at: now })
  ).inForce;
  const uidDigest = randomBytes(32);
  const judgedAt = { version, generation, epoch: 0 };
  const started = await startSession(stores.db, {
    uidDigest,
    person: number,
    limits: LIMITS,
    judgedAt,
    at: now,
  });
  expect(started).toMatchObject({ outcome: 'started' });
  return uidDigest;
}

/** Every row about a person or a session, to the byte. */
async function everything(): Promise<string> {
  const tables = ['persons', 'accounts', 'account_states', 'locks', 'memberships', 'sessions', 'passwords'];
  const dumps = tables.map((table) =>
    sql`select coalesce(jsonb_agg(t order by t::text), '[]') as rows from ${sql.table(table)} t`.execute(
      stores.db,
    ),
  );
  return JSON.stringify((await Promise.all(dumps)).map(({ rows }) => rows));
}

describe('a freeze', () => {
  it('holds from start to end over its scope alone, and its end restores exactly', async () => {
    const [pupil, teacher, elsewhere] = await Promise.all([
      aPerson(stores.db, { uai: '0750001A' }),
      aPerson(stores.db, { uai: '0750001A', profile: 'teacher' }),
      aPerson(stores.db, { uai: '0690002B' }),
    ]);
    const sessions = await Promise.all([pupil, teacher, elsewhere].map(aSession));
    const verdicts = () => Promise.all(sessions.map(verdict));
    expect(await verdicts()).toEqual(['good', 'good', 'good']);
    const before = await everything();
    const freeze = await apply({
      measure: 'freeze',
      scope: { profile: ['pupil'], establishment: ['0750001A'] },
    });
    expect(await verdicts()).toEqual(['frozen', 'good', 'good']);
    expect(await everything()).toBe(before);
    expect(await end(freeze)).toMatchObject({ outcome: 'ended' });
    expect(await verdicts()).toEqual(['good', 'good', 'good']);
    expect(await everything()).toBe(before);
    expect(await end(freeze)).toMatchObject({ outcome: 'already-ended' });
  });

  it('waits for its date and ends at its date', async () => {
    const lina = await aPerson(stores.db);
    const session = await aSession(lina);
    const hours = (n: number) => new Date(AT.getTime() + n * 3_600_000);
    await apply({
      measure: 'freeze',
      scope: { person: [lina.number] },
      startsAt: hours(1),
      endsAt: hours(2),
    });
    const said: string[] = [];
    for (const hour of [0, 1, 1.9, 2]) {
      now = hours(hour);
      said.push(await verdict(session));
    }
    expect(said).toEqual(['good', 'frozen', 'frozen', 'good']);
  });

  it('leaves dormant, locked and closed what they are, during and after', async () => {
    const uai = '0750003C';
    const locked = await aPerson(stores.db, { uai });
    const lock = { reason: 'x', locked_by: '{}', from_at: AT, until_at: LONG, lifted_at: null };
    await stores.db
      .insertInto('locks')
      .values({ person: locked.number, ...lock })
      .execute();
    const people = [
      locked,
      await aPerson(stores.db, { uai, state: 'dormant' }),
      await aPerson(stores.db, { uai, state: 'closed' }),
      await aPerson(stores.db, { uai }),
    ];
    const verdicts = () =>
      Promise.all(
        people.map(async ({ number }) => {
          const { standing, inForce } = await createAskStanding({ db: stores.db, orders })({
            person: number,
            at: now,
          });
          const said = judgeStanding(standing, { stamps: [], inForce, at: now });
          return said.outcome === 'dead' ? said.reason : said.outcome;
        }),
      );
    const freeze = await apply({ measure: 'freeze', scope: { establishment: [uai] } });
    expect(await verdicts()).toEqual(['locked', 'dormant', 'closed', 'frozen']);
    await end(freeze);
    expect(await verdicts()).toEqual(['locked', 'dormant', 'closed', 'good']);
  });
});

describe('closing sessions', () => {
  it('kills the older, spares the newer and those out of scope, and has no end', async () => {
    const [lina, marc] = [
      await aPerson(stores.db, { uai: '0750001A' }),
      await aPerson(stores.db, { uai: '0690002B' }),
    ];
    const [old, other] = [await aSession(lina), await aSession(marc)];
    const order = await apply({ measure: 'close-sessions', scope: { establishment: ['0750001A'] } });
    expect(order.generation).toBeGreaterThan(1);
    const young = await aSession(lina);
    expect(await Promise.all([old, other, young].map(verdict))).toEqual(['cut-off', 'good', 'good']);
    expect(await end(order)).toMatchObject({ outcome: 'has-no-end' });
    expect(await verdict(old)).toBe('cut-off');
  });

  it('keeps them dead when their person moves to another school', async () => {
    const lina = await aPerson(stores.db, { uai: '0750001A' });
    const old = await aSession(lina);
    await apply({ measure: 'close-sessions', scope: { establishment: ['0750001A'] } });
    now = new Date(AT.getTime() + 60_000);
    await sql`update memberships set until_at = ${now} where person = ${lina.number}`.execute(stores.db);
    await join(stores.db, { person: lina.number, profile: 'pupil', uai: '0690002B' });
    expect(await verdict(old)).toBe('cut-off');
  });

  it('keeps them dead when their school goes to another académie, and is over nobody who was not there', async () => {
    const school = { uai: '0750001A', name: 'Collège', kind: 'college' };
    const scope = { academie: ['Rouen'] };
    const move = (academie: string) =>
      stores.db.transaction().execute((tx) => saveEstablishments(tx, [{ ...school, academie }], now));
    const lina = await aPerson(stores.db, { uai: school.uai });
    const [{ academie: home = '' } = {}] = await findEstablishments(stores.db, [school.uai]);
    const before = await aSession(lina);
    await apply({ measure: 'close-sessions', scope });
    expect(await verdict(before)).toBe('good');
    for (const minutes of [1, 2, 3]) {
      now = new Date(AT.getTime() + minutes * 60_000);
      if (minutes === 1) await move('Rouen');
      if (minutes === 2) await apply({ measure: 'close-sessions', scope });
      if (minutes === 3) await move(home);
    }
    expect(await verdict(before)).toBe('cut-off');
    const after = await aSession(lina);
    await apply({ measure: 'close-sessions', scope });
    expect(await verdict(after)).toBe('good');
  });

  it('draws generations that are all different, at once', async () => {
    const scope = { person: [999_999] };
    const closings = Array.from({ length: 8 }, () => apply({ measure: 'close-sessions', scope }));
    const applied = await Promise.all(closings);
    expect(new Set(applied.map(({ generation }) => generation)).size).toBe(8);
  });
});

describe('a drill', () => {
  it('is observed, enforces nothing, and can be ended', async () => {
    const lina = await aPerson(stores.db);
    const session = await aSession(lina);
    const scope = { person: [lina.number] };
    const freeze = await apply({ measure: 'freeze', scope, mode: 'drill' });
    const closing = await apply({ measure: 'close-sessions', scope, mode: 'drill' });
    const { standing, inForce } = await createAskStanding({ db: stores.db, orders })({
      sessionUidDigest: session,
      at: now,
    });
    expect(judgeStanding(standing, { stamps: [], inForce, at: now })).toMatchObject({
      ...{ outcome: 'good', enforced: [], observed: ['freeze'] },
    });
    expect([await end(freeze), await end(closing)]).toMatchObject([
      { outcome: 'ended' },
      { outcome: 'ended' },
    ]);
  });
});

describe('an order against a release', () => {
  it('lets no line be written that was judged before it, once it is applied', async () => {
    const lina = await aPerson(stores.db);
    const session = await aSession(lina);
    for (let round = 0; round < 20; round += 1) {
      const { version } = await orders.inForce();
      let isApplied = false;
      const applying = apply({ measure: 'freeze', scope: { person: [lina.number] } }).then((order) => {
        isApplied = true;
        return order;
      });
      const appended = Array.from({ length: 10 }, async (_, n) => {
        await pause(n % 4);
        const isLate = isApplied;
        const rows = [{ person: lina.number, kind: 'userinfo', fields: ['sub'] }] as const;
        const context = { recipient: 'operator', sessionDigest: session } as const;
        return { isLate, ...(await ledger.append({ judgedAt: { version }, context, rows, at: now })) };
      });
      const all = await Promise.all(appended);
      expect(all.filter(({ isLate, outcome }) => isLate && outcome === 'written')).toEqual([]);
      const freeze = await applying;
      expect(await verdict(session)).toBe('frozen');
      await end(freeze);
      await orders.upTo((await orders.inForce()).version);
    }
  });

  it('lets nobody in who was judged before it: a session either has its older generation or does not start', async () => {
    const lina = await aPerson(stores.db);
    for (let round = 0; round < 20; round += 1) {
      const { version, generation } = await orders.upTo(await latestVersion());
      const judgedAt = { version, generation, epoch: 0 };
      const starts = Array.from({ length: 5 }, () =>
        startSession(stores.db, {
          uidDigest: randomBytes(32),
          person: lina.number,
          limits: LIMITS,
          judgedAt,
          at: now,
        }),
      );
      const [order] = await Promise.all([
        apply({ measure: 'close-sessions', scope: { all: true } }),
        ...starts,
      ]);
      const alive = await stores.db
        .selectFrom('sessions')
        .select('generation')
        .where('person', '=', lina.number)
        .where('generation', '>=', order.generation ?? 0)
        .execute();
      expect(alive).toEqual([]);
      expect(
        await startSession(stores.db, {
          uidDigest: randomBytes(32),
          person: lina.number,
          limits: LIMITS,
          judgedAt,
          at: now,
        }),
      ).toEqual({
        outcome: 'orders-moved',
      });
    }
  });
});

describe('in a rush, where at every moment somebody is being let in', () => {
  it('an order comes into force and ends within a second, and a relying party is shut out', async () => {
    const client = await aClient();
    let isOver = false;
    let letIn = 0;
    const rush = Array.from({ length: 6 }, async (_, n) => {
      while (!isOver)
        await stores.db.transaction().execute(async (tx) => {
          await lockVersion(tx);
          // None as long as another: they never all end at once.
          await pause(20 + 7 * n);
          letIn += 1;
        });
    });
    const whileRushing = async <T>(act: () => Promise<T>): Promise<T> => {
      const since = performance.now();
      const done = await act();
      expect(performance.now() - since).toBeLessThan(1000);
      return done;
    };
    while (letIn < 6) await pause(5);
    try {
      const freeze = await whileRushing(() => apply({ measure: 'freeze', scope: { person: [999_999] } }));
      await whileRushing(() => end(freeze));
      await whileRushing(() => client.set({ suspended_at: now }).execute());
    } finally {
      isOver = true;
      await Promise.all(rush);
    }
  });
});

async function aClient() {
  const { db } = stores;
  await db.insertInto('publishers').values({ id: 'edt', name: 'EDT' }).execute();
  const times = { suspended_at: null, deleted_at: null };
  await db
    .insertInto('clients')
    .values({ client_id: 'timetable', publisher: 'edt', metadata: '{}', ...times })
    .execute();
  return db.updateTable('clients').where('client_id', '=', 'timetable');
}

describe('an order beside a process that hangs', () => {
  it('waits until whoever it was about to let in is no longer', async () => {
    const hangs = stores.db.transaction().execute(async (tx) => {
      await lockVersion(tx);
      await pause(2300);
    });
    const freeze = await apply({ measure: 'freeze', scope: { person: [999_999] } });
    expect(await end(freeze)).toMatchObject({ outcome: 'ended' });
    await hangs;
  });
});

async function latestVersion(): Promise<number> {
  return (await stores.db.selectFrom('order_clock').select('version').executeTakeFirstOrThrow()).version;
}

describe('what is recorded', () => {
  it('says who, why, over whom, and stands or falls with the order', async () => {
    const order = await apply({ measure: 'freeze', scope: { profile: ['guardian'] } });
    await end(order);
    const audit = await stores.db
      .selectFrom('audit_events')
      .selectAll()
      .where(sql`details->>'order'`, '=', order.id)
      .orderBy('id')
      .execute();
    expect(audit).toMatchObject([
      {
        ...{ name: 'order.applied', actor: CHIEF, reason: 'incident 7', at: AT },
        details: { measure: 'freeze', mode: 'live', scope: { profile: ['guardian'] } },
      },
      { name: 'order.ended', actor: CHIEF, reason: 'over' },
    ]);
    expect((await listOrders(stores.db, now)).find(({ id }) => id === order.id)).toMatchObject({
      ...{ state: 'ended', orderedBy: CHIEF, endedBy: CHIEF, endReason: 'over' },
    });
  });

  it('is nothing of what is refused', async () => {
    const before = (await listOrders(stores.db, now)).length;
    const refused = async (wish: Partial<OrderWish>) => {
      const base = { measure: 'freeze', scope: { all: true }, reason: 'x', mode: 'live' } as const;
      const applied = await applyOrder(stores.db, CHIEF, { ...base, ...wish }, now);
      return applied.outcome === 'refused' ? applied.refusal : applied.outcome;
    };
    for (const measure of Object.keys(MEASURES) as Measure[])
      if (!ENFORCED.includes(measure)) expect(await refused({ measure })).toBe('not-enforced-yet');
    expect(await refused({ reason: '  ' })).toBe('no-reason');
    expect(await refused({ endsAt: AT })).toBe('ends-before-it-starts');
    expect(await refused({ measure: 'close-sessions', endsAt: LONG })).toBe('cut-off-has-no-dates');
    expect(await refused({ scope: { relyingParty: ['edt'] } })).toBe('not-about-a-relying-party');
    expect(await endOrder(stores.db, CHIEF, { id: "x' or true", reason: 'x' }, now)).toEqual({
      outcome: 'unknown-order',
    });
    expect(await listOrders(stores.db, now)).toHaveLength(before);
  });
});
