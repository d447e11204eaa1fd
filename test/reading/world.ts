import { randomBytes } from 'node:crypto';
import { openDormantAccounts } from '../../src/accounts/open-dormant-account.ts';
import { createDigests } from '../../src/crypto/digests.ts';
import { createPersons } from '../../src/directory/persons.ts';
import { type DisclosureLine, disclosuresOf } from '../../src/ledger/disclosures-of.ts';
import { createLedger, type Ledger } from '../../src/ledger/ledger.ts';
import { createOrders, type Orders } from '../../src/orders/orders.ts';
import type { Looker } from '../../src/reading/looker.ts';
import { type Asked, createReading, type Dependencies, type Reading } from '../../src/reading/reading.ts';
import type { Dependencies as Searching } from '../../src/reading/search.ts';
import { type Role, rightsOf } from '../../src/rights/rights.ts';
import { startSession } from '../../src/sessions/start-session.ts';
import { loadKeyRing } from '../../src/storage/data-keys.ts';
import type { Db } from '../../src/storage/postgres.ts';
import type { Profile } from '../../src/storage/schema.ts';
import { defaultSettings } from '../activation/parts.ts';
import { AT, aPerson, join, LIMITS, LONG } from '../sessions/people.ts';
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
  reader(role?: Role, where?: { uai?: string; classes?: string[] }): Promise<Reader>;
  people(count: number): Promise<number[]>;
  /** With a name, as the roster makes them. */
  named(names: readonly string[], where?: Where): Promise<number[]>;
  /** What search and pages are built on. */
  finding: Searching;
  linesOf(person: number): Promise<DisclosureLine[]>;
  lines(): Promise<number>;
  readingWith(given: Partial<Dependencies>): Reading;
  close(): Promise<void>;
}

export interface Where {
  uai?: string;
  className?: string;
  profile?: Profile;
  ine?: string;
}

export interface Reader {
  person: number;
  session: Buffer;
  looker: Looker;
  /** What this reader asks, ready to be changed. */
  asks(persons: readonly number[], more?: Partial<Asked>): Asked;
}

const scopeOf = (role: Role, { uai, classes }: { uai: string; classes: string[] | undefined }) => {
  if (role === 'national-officer') return { scope_kind: 'nation' } as const;
  if (role === 'academie-officer') return { scope_kind: 'academie', academie: 'Paris' } as const;
  if (classes) return { scope_kind: 'classes', uai, classes } as const;
  return { scope_kind: 'establishment', uai } as const;
};

async function activate(db: Db, person: number): Promise<void> {
  await db
    .updateTable('accounts')
    .set({ claimed_at: AT, claimed_by: 'class-window' })
    .where('person', '=', person)
    .execute();
  await db.updateTable('account_states').set({ state: 'active' }).where('person', '=', person).execute();
}

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
  const digests = createDigests(secrets.digestKey);
  const keyRing = await loadKeyRing(db, secrets.wrappingKey);
  const readingWith = (given: Partial<Dependencies>) =>
    createReading({ db, orders, ledger, settings, now, ...given });
  const reading = readingWith({});
  const named: World['named'] = async (names, { uai = UAI, className, profile = 'pupil', ine } = {}) => {
    const people = await db.transaction().execute(async (tx) => {
      const fields = names.map((name) => {
        const [given_name = '', ...rest] = name.split(' ');
        return { fields: { given_name, family_name: rest.join(' '), ...(ine && { ine }) } };
      });
      const persons = await createPersons(tx, fields, { keyRing, digests, at: AT });
      await openDormantAccounts(tx, persons, AT);
      return persons;
    });
    for (const person of people) await join(db, { person, uai, profile, code: className });
    return people;
  };
  return {
    ...{ stores, orders, ledger, now, readingWith, reading },
    setTime: (at) => {
      time = at;
    },
    wait: (milliseconds) => {
      time = new Date(time.getTime() + milliseconds);
    },
    named,
    finding: { db, digests, keyRing, now, reading },
    async reader(role = 'head', { uai = UAI, classes } = {}) {
      const [person = 0] = await named(['Camille Renard'], { uai, profile: 'staff' });
      await activate(db, person);
      const session = randomBytes(32);
      await startSession(db, {
        ...{ uidDigest: session, person, at: now() },
        limits: { ...LIMITS, absoluteSeconds: (LONG.getTime() - AT.getTime()) / 1000 },
        judgedAt: { ...(await orders.inForce()), epoch: 0 },
      });
      await db
        .insertInto('rights')
        .values({
          person,
          role,
          ...scopeOf(role, { uai, classes }),
          origin: 'granted',
          from_at: AT,
          until_at: LONG,
        })
        .execute();
      const [right] = await rightsOf(db, person, now());
      if (!right) throw new Error('a right that is not in force');
      const asks: Reader['asks'] = (persons, more = {}) => ({
        ...{ reader: person, right, session, address: '192.0.2.77', isNewDevice: false },
        ...{ persons, fields: ['name', 'account_state'] },
        ...more,
      });
      const looker = { reader: person, session, address: '192.0.2.77', isNewDevice: false, rights: [right] };
      return { person, session, looker, asks };
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
