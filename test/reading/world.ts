import { randomBytes } from 'node:crypto';
import { type DisclosureLine, disclosuresOf } from '../../src/ledger/disclosures-of.ts';
import { createLedger, type Ledger } from '../../src/ledger/ledger.ts';
import { createOrders, type Orders } from '../../src/orders/orders.ts';
import { type Asked, createReading, type Dependencies, type Reading } from '../../src/reading/reading.ts';
import { type Role, rightsOf } from '../../src/rights/rights.ts';
import { startSession } from '../../src/sessions/start-session.ts';
import { defaultSettings } from '../activation/parts.ts';
import { AT, aPerson, LIMITS, LONG } from '../sessions/people.ts';
import { type TestStores, testStores } from '../support/stores.ts';

export const UAI = '0750001A';
export const MINUTE = 60_000;

/** Staff who may read, people to be read, and a clock that tests move. Begins at ten in the morning in Paris. */
export interface World {
  stores: TestStores;
  orders: Orders;
  ledger: Ledger;
  reading: Reading;
  now(): Date;
  setTime(at: Date): void;
  wait(milliseconds: number): void;
  reader(role?: Role): Promise<Reader>;
  people(count: number): Promise<number[]>;
  linesOf(person: number): Promise<DisclosureLine[]>;
  lines(): Promise<number>;
  readingWith(given: Partial<Dependencies>): Reading;
  close(): Promise<void>;
}

export interface Reader {
  person: number;
  session: Buffer;
  /** What this reader asks, ready to be changed. */
  asks(persons: readonly number[], more?: Partial<Asked>): Asked;
}

const scopeOf = (role: Role) =>
  role === 'national-officer'
    ? ({ scope_kind: 'nation' } as const)
    : ({ scope_kind: 'establishment', uai: UAI } as const);

export async function readingWorld(): Promise<World> {
  const stores = await testStores();
  const { db, pool, secrets } = stores;
  let time = AT;
  const now = () => time;
  const log = { warn() {} };
  const orders = createOrders({ pool, settings: defaultSettings().orders, now, log });
  await orders.start();
  const ledger = createLedger({ db, ledgerKey: secrets.ledgerKey, now, log });
  const settings = defaultSettings().reading;
  const readingWith = (given: Partial<Dependencies>) =>
    createReading({ db, orders, ledger, settings, now, ...given });
  return {
    ...{ stores, orders, ledger, now, readingWith },
    reading: readingWith({}),
    setTime: (at) => {
      time = at;
    },
    wait: (milliseconds) => {
      time = new Date(time.getTime() + milliseconds);
    },
    async reader(role = 'head') {
      const { number: person } = await aPerson(db, { profile: 'staff', uai: UAI });
      const session = randomBytes(32);
      await startSession(db, {
        ...{ uidDigest: session, person, at: now() },
        limits: { ...LIMITS, absoluteSeconds: (LONG.getTime() - AT.getTime()) / 1000 },
        judgedAt: { ...(await orders.inForce()), epoch: 0 },
      });
      await db
        .insertInto('rights')
        .values({ person, role, ...scopeOf(role), origin: 'granted', from_at: AT, until_at: LONG })
        .execute();
      const [right] = await rightsOf(db, person, now());
      if (!right) throw new Error('a right that is not in force');
      const asks: Reader['asks'] = (persons, more = {}) => ({
        ...{ reader: person, right, session, address: '192.0.2.77', isNewDevice: false },
        ...{ persons, fields: ['name', 'account_state'] },
        ...more,
      });
      return { person, session, asks };
    },
    people: (count) =>
      Promise.all(
        Array.from({ length: count }, async () => (await aPerson(db, { uai: UAI, state: 'dormant' })).number),
      ),
    linesOf: (person) => disclosuresOf(db, person, { from: new Date(0), to: LONG }),
    async lines() {
      const { n } = await db
        .selectFrom('disclosures')
        .select(({ fn }) => fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow();
      return n;
    },
    readingWith,
    async close() {
      await orders.stop();
      await stores.close();
    },
  };
}
